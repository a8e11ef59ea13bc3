internal import HistoryModel
internal import SQLite

/// A file whose history could not be taken over.
///
/// ```swift
/// do { _ = try ImportFile(path: "day.csv").collect() } catch { print(error) }
/// // day.csv:7:12: 'x1' is no number; nothing was imported
/// ```
public struct ImportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of trouble it is. An open set.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// A word for programs.
        public let rawValue: String

        /// The code that is called `rawValue`.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The file could not be opened or read.
        public static let unreadable = Code(rawValue: "unreadable")
        /// The file's columns are not such as can be imported.
        public static let badColumns = Code(rawValue: "bad_columns")
        /// A line of it is not what its header says.
        public static let badLine = Code(rawValue: "bad_line")
        /// The database holds no history.
        public static let noHistory = Code(rawValue: "no_history")
    }

    /// What kind of trouble it is.
    public let code: Code
    /// The file as it was named.
    public let file: String
    /// The line of the trouble, from 1; `nil` if it is none of lines.
    public let line: Int?
    /// The byte of that line, from 1.
    public let column: Int?
    private let reason: String

    /// What failed, where, why, and what to do.
    public var description: String {
        let place = [line, column].compactMap { $0.map { ":\($0)" } }.joined()
        return "\(file.escapedForDisplay)\(place): \(reason); nothing was imported"
    }

    init(
        _ code: Code, file: String, line: Int? = nil, column: Int? = nil, _ reason: String
    ) {
        self.code = code
        self.file = file
        self.line = line
        self.column = column
        self.reason = reason
    }

    /// Any error that reading a database met.
    init(_ error: any Error, file: String) {
        self =
            error as? ImportError
            ?? ImportError(.unreadable, file: file, "\(error)".escapedForDisplay)
    }
}
