/// A block that cannot be read.
///
/// It knows neither run nor hour; who reads the block says of which it was: "the hour 12:00 of run 7
/// cannot be read: " and then this sentence.
public struct BlockError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of trouble it is. An open set.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// A word for programs.
        public let rawValue: String

        /// The code that is called `rawValue`.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The bytes are not what an encoder wrote.
        public static let damaged = Code(rawValue: "damaged")
        /// The bytes are whole, but of a format that this program does not know.
        public static let unknownFormat = Code(rawValue: "unknown_format")
        /// The bytes are whole, but hold a column that this program does not know.
        public static let unknownColumn = Code(rawValue: "unknown_column")
    }

    /// What kind of trouble it is.
    public let code: Code
    /// What is wrong with the block and what to do.
    public let description: String

    private init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    static func damaged(_ what: String) -> BlockError {
        BlockError(.damaged, "the block is damaged: \(what)")
    }

    static func unknownFormat(_ format: UInt8) -> BlockError {
        BlockError(
            .unknownFormat,
            "the block has format \(format), written by a newer varve; this one reads format"
                + " \(BlockCodec.format)")
    }

    static func unknownColumn(_ id: UInt8) -> BlockError {
        BlockError(
            .unknownColumn, "the block has a column \(id), written by a newer varve")
    }

    static let truncated = damaged("it ends too early")
}
