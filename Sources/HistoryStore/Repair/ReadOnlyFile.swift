#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A regular file that is only read, past SQLite.
///
/// Its descriptor must not be closed while the program has the same file open as a database: that would
/// drop SQLite's locks on it (howtocorrupt.html, section 2.2).
final class ReadOnlyFile {
    private let descriptor: Int32
    /// Its size when it was opened.
    let byteCount: Int64

    /// - Throws: The `errno` of what failed; `EINVAL` for what is no regular file.
    init(path: String) throws(ErrorNumber) {
        // The path is NUL-terminated for the call. A pipe would wait for its writer without O_NONBLOCK.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw ErrorNumber(errno) }
        var status = stat()
        // `status` is written by the call only.
        let isKnown = unsafe fstat(descriptor, &status) == 0
        guard isKnown, status.st_mode & S_IFMT == S_IFREG else {
            let number = isKnown ? EINVAL : errno
            close(descriptor)
            throw ErrorNumber(number)
        }
        self.descriptor = descriptor
        byteCount = Int64(status.st_size)
    }

    deinit { close(descriptor) }

    /// Up to `count` bytes from `offset` on: fewer at the end of the file, and none where the disk does
    /// not give them.
    func read(_ count: Int, at offset: Int64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let filled = unsafe bytes.withUnsafeMutableBytes { buffer in
            var filled = 0
            while filled < count {
                // The rest of the buffer, which has room for so many bytes.
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                let got = unsafe pread(
                    descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(filled))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                filled += got
            }
            return filled
        }
        bytes.removeLast(count - filled)
        return bytes
    }

    /// An error of the system.
    struct ErrorNumber: Error, CustomStringConvertible {
        let number: Int32

        init(_ number: Int32) {
            self.number = number
        }

        /// The system's words, and plainer ones for `EINVAL`.
        var description: String {
            if number == EINVAL { return "it is no regular file" }
            // strerror gives a string for every number, constant or of this thread.
            return unsafe String(cString: strerror(number))
        }
    }
}
