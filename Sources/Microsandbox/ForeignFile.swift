internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A file of another program, open for reading; owns its descriptor.
///
/// Its last part is never followed as a link, and nothing but a plain file is opened: a pipe would be
/// waited for, and a link could lead to what only this program may read.
struct ForeignFile: ~Copyable {
    /// What tells one state of a file from another.
    struct Mark: Hashable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var modifiedSeconds: Int64
        var modifiedNanoseconds: Int64

        /// When it was last written to; `nil` for a time that cannot be one.
        var modifiedAt: Timestamp? {
            let (milliseconds, overflow) = modifiedSeconds.multipliedReportingOverflow(by: 1000)
            guard !overflow, (0..<1_000_000_000).contains(modifiedNanoseconds) else { return nil }
            return Timestamp(plausible: milliseconds + modifiedNanoseconds / 1_000_000)
        }
    }

    /// Why a file could not be opened.
    enum Refusal: Error, Hashable {
        case missing
        /// It is a directory, a pipe, a link, …
        case notPlain(String)
        /// The errno value.
        case system(Int32)
    }

    let mark: Mark
    private let descriptor: Int32

    init(_ path: String) throws(Refusal) {
        guard !path.utf8.contains(0) else { throw .missing }
        // The path is NUL-terminated for the call.
        let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw .missing
            case ELOOP: throw .notPlain("a symbolic link")
            case ENXIO: throw .notPlain("a socket or a pipe")
            default: throw .system(errno)
            }
        }
        var status = stat()
        // `status` is written by the call only.
        let isKnown = unsafe fstat(descriptor, &status) == 0
        let kind = status.st_mode & S_IFMT
        guard isKnown, kind == S_IFREG else {
            let code = errno
            close(descriptor)
            guard isKnown else { throw .system(code) }
            throw .notPlain(
                kind == S_IFDIR ? "a directory" : kind == S_IFIFO ? "a pipe" : "no plain file")
        }
        self.descriptor = descriptor
        #if canImport(Darwin)
            let modified = status.st_mtimespec
        #else
            let modified = status.st_mtim
        #endif
        mark = Mark(
            device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino),
            size: Int64(status.st_size), modifiedSeconds: Int64(modified.tv_sec),
            modifiedNanoseconds: Int64(modified.tv_nsec))
    }

    deinit { close(descriptor) }

    /// Up to `count` bytes from `offset` on; fewer at the end, none if the file cannot be read.
    func bytes(at offset: Int64, count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                // The buffer has room for `count` bytes, of which `filled` are written.
                let read = unsafe pread(
                    descriptor, buffer.baseAddress! + filled, count - filled,
                    off_t(offset) + off_t(filled))
                guard read > 0 else { break }
                filled += read
            }
        }
    }
}

extension ForeignFile.Refusal {
    /// The reason as the end of a sentence.
    var reason: String {
        switch self {
        case .missing: "there is none"
        case .notPlain(let kind): "it is \(kind)"
        case .system(let code):
            // strerror gives a valid C string for every code, and it is copied at once.
            unsafe String(cString: strerror(code))
                + (code == EACCES ? "; run varve as the user whose it is" : "")
        }
    }
}
