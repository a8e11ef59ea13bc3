/// Something that reads bytes from outside, as a fuzzer feeds it.
///
/// ```swift
/// for target in FuzzTarget.all {
///     try target.feed([0x1b, 0xff])
/// }
/// ```
public struct FuzzTarget: Sendable {
    /// What became of some bytes.
    public enum Outcome: Hashable, Sendable {
        /// They said something.
        case understood
        /// They were refused, or said nothing.
        case refused
    }

    /// The target's name, and that of its folder of seeds.
    public let name: String
    /// Longer bytes would only be slow.
    public let byteLimit: Int
    /// How often the short run of the tests feeds it: fewer where one time costs a database.
    public let shortRunCount: Int
    private let body: @Sendable ([UInt8]) throws -> Outcome

    init(
        _ name: String, byteLimit: Int, shortRunCount: Int,
        _ body: @escaping @Sendable ([UInt8]) throws -> Outcome
    ) {
        self.name = name
        self.byteLimit = byteLimit
        self.shortRunCount = shortRunCount
        self.body = body
    }

    /// Longer than this, in time of the processor, nothing may take.
    public static let patience = Duration.seconds(1)

    /// Feeds it with `bytes`; what is beyond ``byteLimit`` is left out.
    ///
    /// - Throws: ``FuzzFailure`` if what came out breaks a rule, or took too long. What the target
    ///   refuses is no error. A trap is one, but cannot be thrown.
    @discardableResult
    public func feed(_ bytes: [UInt8]) throws -> Outcome {
        let start = ProcessorClock.now
        let outcome = try body(Array(bytes.prefix(byteLimit)))
        let duration = ProcessorClock.now - start
        guard duration <= Self.patience else {
            throw FuzzFailure("\(name): took \(duration) of the processor")
        }
        return outcome
    }

    /// All of them.
    public static let all: [FuzzTarget] = [
        .registry, .recorder, .proc, .blocks, .blockRoundTrip, .text, .sandboxConfig, .msbDatabase,
        .csv, .logs, .catalogFile, .catalogValues,
    ]
}

/// A rule that was broken.
public struct FuzzFailure: Error, CustomStringConvertible {
    /// Which rule, and by what.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Throws if `isTrue` is not.
func require(_ isTrue: Bool, _ sentence: @autoclosure () -> String) throws {
    guard isTrue else { throw FuzzFailure(sentence()) }
}
