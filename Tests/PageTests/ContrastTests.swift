import Foundation
import Testing

@testable import PostMortem

/// The colours of the style, as WCAG 2.2 measures how well one can be read on another.
struct ContrastTests {
    /// The custom properties of the first or, with `isDark`, the second `:root` of the style.
    private static func colours(isDark: Bool) throws -> [String: String] {
        let blocks = HTMLPage.style.components(separatedBy: ":root {").dropFirst()
        let block = try #require(isDark ? blocks.last : blocks.first)
        let declarations = block.prefix { $0 != "}" }.split(separator: ";")
        var colours: [String: String] = [:]
        for declaration in declarations {
            let parts = declaration.split(separator: ":").map {
                $0.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            if parts.count == 2, parts[1].hasPrefix("#") { colours[parts[0]] = parts[1] }
        }
        return colours
    }

    private static func luminance(_ colour: String) throws -> Double {
        var digits = String(colour.dropFirst())
        if digits.count == 3 { digits = digits.map { "\($0)\($0)" }.joined() }
        let number = try #require(UInt32(digits, radix: 16))
        let parts = [number >> 16 & 255, number >> 8 & 255, number & 255].map { part -> Double in
            let part = Double(part) / 255
            return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }

    @Test(arguments: [false, true])
    func `every text can be read, and every line seen, on every ground that it is on`(
        isDark: Bool
    ) throws {
        let colours = try Self.colours(isDark: isDark)
        let grounds = [
            "--card", "--page", "--grave-tint", "--warning-tint", "--good-tint", "--running-tint",
        ]
        let inks = [
            "--ink", "--soft", "--first", "--second", "--grave", "--warning", "--good", "--running",
        ]
        for ground in grounds {
            for ink in inks {
                let lights = try [ground, ink].map { name in
                    try Self.luminance(try #require(colours[name], "no \(name)"))
                }.sorted()
                let contrast = (lights[1] + 0.05) / (lights[0] + 0.05)
                #expect(contrast >= 4.5, "\(ink) on \(ground): \(contrast)")
            }
        }
    }
}
