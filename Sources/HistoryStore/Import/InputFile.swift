#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A file, a pipe or standard input, read from its beginning to its end.
struct InputFile: ~Copyable {
    /// As it was named.
    let path: String
    /// Its size, if it has one.
    let byteCount: Int64?
    private let descriptor: Int32
    private let isOwned: Bool

    /// Opens `path`, `-` being standard input.
    init(path: String) throws(ImportError) {
        self.path = path
        isOwned = path != "-"
        if isOwned {
            // The path is NUL-terminated for the call.
            descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
        } else {
            descriptor = STDIN_FILENO
        }
        var status = stat()
        let isFile =
            unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        byteCount = isFile ? Int64(status.st_size) : nil
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// Reads what there is into `buffer` from `position` on, at least one byte.
    ///
    /// - Returns: How many bytes; 0 at the end.
    func read(into buffer: inout [UInt8], at position: Int) throws(ImportError) -> Int {
        while true {
            let descriptor = descriptor
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                // The rest of the array, which is valid for the length of the call.
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[position...])
                return unsafe readBytes(descriptor, rest)
            }
            if count >= 0 { return count }
            guard errno == EINTR else { throw Self.unreadable(path, errno) }
        }
    }

    private static func unreadable(_ path: String, _ number: Int32) -> ImportError {
        // strerror gives a string for every number, constant or of this thread.
        let reason = unsafe String(cString: strerror(number))
        return ImportError(.unreadable, file: path, "it cannot be read: \(reason)")
    }
}

// A free function, as a method called `read` hides the system's.
private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    unsafe read(descriptor, buffer.baseAddress, buffer.count)
}
