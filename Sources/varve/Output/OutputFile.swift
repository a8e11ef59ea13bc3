import SQLite

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A file that is written like standard output, and appears under its name when it is whole.
enum OutputFile {
    /// Writes what `body` prints to a file with mode 0600.
    ///
    /// - Throws: What `body` throws; ``OutputFileError`` if the file cannot be made or written.
    static func write(
        to path: String, replacing isReplacing: Bool, _ body: (StandardOutput) throws -> Void
    ) throws {
        do {
            var file = try PendingFile(destination: path, isReplacing: isReplacing)
            // The path is NUL-terminated for the call; the descriptor is closed here and nowhere else.
            let descriptor = unsafe open(file.temporary, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw OutputFileError(path, errno) }
            defer { close(descriptor) }
            let output = StandardOutput(descriptor: descriptor)
            try body(output)
            try output.flush()
            guard fsync(descriptor) == 0 else { throw OutputFileError(path, errno) }
            try file.publish()
        } catch let error as SQLiteError where error.path == path {
            let advice =
                error.message == PendingFile.takenMessage ? "; --force replaces it" : ""
            throw OutputFileError(description: "cannot write \(path): \(error.message)\(advice)")
        } catch let error as OutputError {
            throw OutputFileError(path, error.code)
        }
    }
}

/// A file could not be written.
struct OutputFileError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(description: String) {
        self.description = description
    }

    init(_ path: String, _ number: Int32) {
        // strerror gives a string for every number, constant or of this thread.
        let reason = unsafe String(cString: strerror(number))
        self.init(description: "cannot write \(path): \(reason); nothing was written there")
    }
}
