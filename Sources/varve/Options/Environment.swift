#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The environment that this program was started with.
enum Environment {
    /// Its variables.
    static var current: [String: String] { ProcessInfo.processInfo.environment }
}
