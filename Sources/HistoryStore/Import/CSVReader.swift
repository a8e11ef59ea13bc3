/// Reads RFC 4180 record by record, in bounded memory: a field is a range of the buffer until somebody
/// wants its text.
///
/// Our own and no package: those there are read a whole file into memory, a `String` for each field,
/// which is a thousand times what an import of millions of numbers needs.
struct CSVReader: ~Copyable {
    /// Where a field lies in ``buffer``, without its quotes.
    struct Field {
        var start: Int
        var end: Int
        /// Whether doubled quotes stand in it for single ones.
        var isEscaped: Bool

        var isEmpty: Bool { start == end }
    }

    /// Bytes of the file, those of the current record among them.
    private(set) var buffer: [UInt8]
    /// The fields of the current record.
    private(set) var fields: [Field] = []
    /// The line on which the current record begins, from 1.
    private(set) var line = 0
    /// How many bytes were read so far.
    private(set) var byteCount: Int64 = 0
    let file: InputFile
    private var recordStart = 0
    private var position = 0
    private var filled = 0
    private var isAtEnd = false
    private var nextLine = 1

    /// No record is longer.
    static let capacity = 1 << 20

    init(_ file: consuming InputFile, capacity: Int = Self.capacity) throws(ImportError) {
        self.file = file
        buffer = [UInt8](repeating: 0, count: capacity)
        while filled < 16, try fill() {}
        // A byte order mark, as some spreadsheets write it.
        if filled >= 3, buffer[0] == 0xef, buffer[1] == 0xbb, buffer[2] == 0xbf { position = 3 }
    }

    /// Whether this is no text but a SQLite database, see its file format, "Magic Header String".
    var isDatabase: Bool {
        filled >= 16 && buffer[..<16].elementsEqual("SQLite format 3\0".utf8)
    }

    /// Goes to the next record that is not blank; `false` if there is none.
    mutating func next() throws(ImportError) -> Bool {
        while true {
            recordStart = position
            line = nextLine
            if position == filled {
                guard !isAtEnd, try fill() else { return false }
                continue
            }
            guard try parse() else {
                guard try fill() || isAtEnd else { throw tooLong() }
                continue
            }
            let isBlank = fields.count == 1 && fields[0].isEmpty && fields[0].start == recordStart
            if !isBlank { return true }
        }
    }

    /// An error about the current record, or about one field of it.
    func error(_ reason: String, field: Int? = nil) -> ImportError {
        let column = field.map { fields[$0].start - recordStart + 1 } ?? 1
        return ImportError(.badLine, file: file.path, line: line, column: column, reason)
    }

    /// The bytes of a field, as they are meant.
    func bytes(of field: Field) -> [UInt8] {
        guard field.isEscaped else { return Array(buffer[field.start..<field.end]) }
        var bytes: [UInt8] = []
        var isSecond = false
        for byte in buffer[field.start..<field.end] {
            isSecond = byte == UInt8(ascii: "\"") && !isSecond
            if !isSecond { bytes.append(byte) }
        }
        return bytes
    }

    /// The text of a field, invalid UTF-8 repaired.
    func text(of field: Field) -> String { String(decoding: bytes(of: field), as: UTF8.self) }

    // MARK: Parsing

    /// Parses the record at ``position``; `false` if the buffer does not hold its end.
    private mutating func parse() throws(ImportError) -> Bool {
        fields.removeAll(keepingCapacity: true)
        var index = recordStart
        var lines = 1
        while true {
            if index < filled, buffer[index] == UInt8(ascii: "\"") {
                guard let end = try parseQuoted(from: index + 1, &lines) else { return false }
                index = end + 1
            } else {
                let start = index
                while index < filled, buffer[index] != UInt8(ascii: ","),
                    buffer[index] != UInt8(ascii: "\n")
                {
                    index += 1
                }
                guard index < filled || isAtEnd else { return false }
                let hasReturn =
                    index > start && buffer[index - 1] == UInt8(ascii: "\r")
                    && (index == filled || buffer[index] == UInt8(ascii: "\n"))
                fields.append(
                    Field(start: start, end: hasReturn ? index - 1 : index, isEscaped: false))
            }
            if index < filled, buffer[index] == UInt8(ascii: "\r") { index += 1 }
            guard index < filled else {
                guard isAtEnd else { return false }
                break
            }
            if buffer[index] == UInt8(ascii: "\n") {
                index += 1
                break
            }
            guard buffer[index] == UInt8(ascii: ",") else {
                throw error("text follows a closing quote", field: fields.count - 1)
            }
            index += 1
        }
        position = index
        nextLine = line + lines
        return true
    }

    /// Parses a field after its opening quote.
    ///
    /// - Returns: Where its closing quote is; `nil` if the buffer does not hold it.
    private mutating func parseQuoted(
        from start: Int, _ lines: inout Int
    ) throws(ImportError) -> Int? {
        var index = start
        var isEscaped = false
        while true {
            guard index < filled else {
                guard !isAtEnd else {
                    fields.append(Field(start: start, end: start, isEscaped: false))
                    throw error("a quote is opened and never closed", field: fields.count - 1)
                }
                return nil
            }
            if buffer[index] == UInt8(ascii: "\"") {
                if index + 1 == filled, !isAtEnd { return nil }
                guard index + 1 < filled, buffer[index + 1] == UInt8(ascii: "\"") else { break }
                isEscaped = true
                index += 1
            } else if buffer[index] == UInt8(ascii: "\n") {
                lines += 1
            }
            index += 1
        }
        fields.append(Field(start: start, end: index, isEscaped: isEscaped))
        return index
    }

    /// Reads more behind the current record, which moves to the buffer's start.
    ///
    /// - Returns: `false` if there is no more, or no room for it.
    private mutating func fill() throws(ImportError) -> Bool {
        if recordStart > 0 {
            buffer.replaceSubrange(..<(filled - recordStart), with: buffer[recordStart..<filled])
            filled -= recordStart
            position -= recordStart
            recordStart = 0
        }
        guard !isAtEnd, filled < buffer.count else { return false }
        let count = try file.read(into: &buffer, at: filled)
        filled += count
        byteCount += Int64(count)
        if count == 0 { isAtEnd = true }
        return count > 0
    }

    private func tooLong() -> ImportError {
        ImportError(
            .badLine, file: file.path, line: line, column: 1,
            "a line is longer than \(buffer.count) bytes: is this CSV?")
    }
}
