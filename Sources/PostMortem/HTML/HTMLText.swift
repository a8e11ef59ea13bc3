internal import HistoryModel

/// Text that is HTML: what is written in the source is markup, what is interpolated is escaped.
///
/// So that no name, label, command or log line becomes an element, nobody has to remember to escape:
/// only another `HTMLText` goes in as it is.
///
/// ```swift
/// let name = "<script>alert(1)</script>"
/// let cell: HTMLText = "<td title=\"\(name)\">\(name)</td>"
/// ```
///
/// An interpolated text is safe between tags and within a quoted attribute, nowhere else: never in an
/// attribute without quotes, a `style` or a script. Characters that would move or hide text, such as
/// a right-to-left override, are shown escaped as in a terminal.
public struct HTMLText: Hashable, Sendable, ExpressibleByStringInterpolation {
    /// The markup.
    public private(set) var markup: String

    /// No text.
    public init() { markup = "" }

    /// The markup `value`, as it stands in the source.
    public init(stringLiteral value: StaticString) { markup = value.description }

    /// The markup that literals and interpolated values have made.
    public init(stringInterpolation: Interpolation) { markup = stringInterpolation.markup }

    /// `markup` of which the caller knows that it is HTML, because it has made it.
    init(trusted markup: String) { self.markup = markup }

    /// Text from outside, escaped.
    public init(_ text: some StringProtocol) {
        markup = ""
        Self.escape(text, into: &markup)
    }

    /// `left`, and `right` after it.
    public static func + (left: HTMLText, right: HTMLText) -> HTMLText {
        var sum = left
        sum += right
        return sum
    }

    /// Appends `right` to `left`.
    public static func += (left: inout HTMLText, right: HTMLText) { left.markup += right.markup }

    /// Puts literals and values together.
    public struct Interpolation: StringInterpolationProtocol {
        fileprivate var markup = ""

        /// Nothing yet.
        public init(literalCapacity: Int, interpolationCount: Int) {
            markup.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        /// Markup from the source.
        public mutating func appendLiteral(_ literal: StaticString) {
            markup += literal.description
        }

        /// Text from outside, escaped.
        public mutating func appendInterpolation(_ text: some StringProtocol) {
            HTMLText.escape(text, into: &markup)
        }

        /// HTML, as it is.
        public mutating func appendInterpolation(_ html: HTMLText) { markup += html.markup }

        /// HTML if there is any.
        public mutating func appendInterpolation(_ html: HTMLText?) { markup += html?.markup ?? "" }

        /// A number.
        public mutating func appendInterpolation(_ number: some BinaryInteger) {
            markup += String(number)
        }
    }

    private static func escape(_ text: some StringProtocol, into markup: inout String) {
        let isPlain = text.utf8.allSatisfy { byte in
            byte >= 0x20 && byte < 0x7f && !reserved.contains(byte)
        }
        if isPlain {
            markup += text
            return
        }
        for scalar in String(text).escapedForDisplay.unicodeScalars {
            switch scalar {
            case "&": markup += "&amp;"
            case "<": markup += "&lt;"
            case ">": markup += "&gt;"
            case "\"": markup += "&quot;"
            case "'": markup += "&#39;"
            default: markup.unicodeScalars.append(scalar)
            }
        }
    }

    private static let reserved = Array("&<>\"'".utf8)
}

extension Sequence<HTMLText> {
    /// All of them, one after the other.
    public func joined() -> HTMLText { reduce(into: HTMLText()) { $0 += $1 } }
}
