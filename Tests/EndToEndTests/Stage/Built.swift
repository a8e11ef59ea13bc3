import Foundation

/// The programs that were built together with these tests.
enum Built {
    /// The command under test.
    static let varve = path(of: "varve")
    /// A runtime that is not ours.
    static let foreignWriter = path(of: "ForeignWriter")
    /// A program that dies of a real fault.
    static let victim = path(of: "Victim")

    /// They lie beside the test bundle, whatever configuration and sanitizer it was built with.
    private static func path(of program: String) -> String {
        directory.appendingPathComponent(program).path
    }

    private static var directory: URL {
        #if canImport(Darwin)
            let bundles = Bundle.allBundles.map(\.bundleURL)
            let bundle = bundles.first { $0.pathExtension == "xctest" } ?? Bundle.main.bundleURL
        #else
            let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        #endif
        return bundle.deletingLastPathComponent()
    }
}
