internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// How much room the file system of a directory has.
public struct FileSystemRoom: Hashable, Sendable {
    /// Where the file system begins, as seen from the directory.
    public var mountPoint: String
    /// Its size.
    public var totalBytes: Int64
    /// What this program, and the commands that it runs, may still write.
    public var freeBytes: Int64
    /// How many files it can hold; 0 if it does not count them.
    public var totalFiles: Int64
    /// How many more it can hold.
    public var freeFiles: Int64

    /// A file system of which all is known.
    public init(
        mountPoint: String, totalBytes: Int64, freeBytes: Int64, totalFiles: Int64,
        freeFiles: Int64
    ) {
        self.mountPoint = mountPoint
        self.totalBytes = totalBytes
        self.freeBytes = freeBytes
        self.totalFiles = totalFiles
        self.freeFiles = freeFiles
    }

    /// The one that `directory`, an absolute path, is on; `nil` if that cannot be told.
    ///
    /// - Complexity: one `statvfs`, and one `stat` for each directory above.
    public init?(of directory: String) {
        guard directory.hasPrefix("/"), let device = Self.device(of: directory) else { return nil }
        var room = statvfs()
        // The pointer is to a local that outlives the call.
        guard unsafe statvfs(directory, &room) == 0 else { return nil }
        let unit = UInt64(room.f_frsize)
        // What is kept back for the superuser is the superuser's.
        let blocks = geteuid() == 0 ? UInt64(room.f_bfree) : UInt64(room.f_bavail)
        totalBytes = Self.product(UInt64(room.f_blocks), unit)
        freeBytes = Self.product(blocks, unit)
        totalFiles = Int64(clamping: UInt64(room.f_files))
        freeFiles = Int64(
            clamping: geteuid() == 0 ? UInt64(room.f_ffree) : UInt64(room.f_favail))
        mountPoint = Self.top(above: directory, on: device)
    }

    /// What there is too little of, in words; `nil` if there is enough.
    ///
    /// A full disk has seldom no byte left: what does not fit is refused, and a little remains. So
    /// less than a hundredth and less than a mebibyte counts as nothing, too. A file system without a
    /// size, as `/proc`, is never full.
    public var shortage: String? {
        let place = "on the file system \(mountPoint)"
        if totalBytes > 0, freeBytes == 0 || (freeBytes < 1 << 20 && freeBytes < totalBytes / 100) {
            return "\(ByteText.format(freeBytes)) of \(ByteText.format(totalBytes)) free \(place)"
        }
        if totalFiles > 0, freeFiles == 0 {
            return "no more files can be made \(place): it holds \(totalFiles) already"
        }
        return nil
    }

    private static func product(_ count: UInt64, _ unit: UInt64) -> Int64 {
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? .max : Int64(clamping: product)
    }

    private static func device(of path: String) -> dev_t? {
        var status = stat()
        // The pointer is to a local that outlives the call.
        return unsafe stat(path, &status) == 0 ? status.st_dev : nil
    }

    /// The highest directory above `path` that is on `device`, without symbolic links.
    private static func top(above path: String, on device: dev_t) -> String {
        // The result is ours to free, and copied before.
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        var top = unsafe String(cString: resolved)
        while top != "/", let slash = top.lastIndex(of: "/") {
            let parent = slash == top.startIndex ? "/" : String(top[..<slash])
            guard Self.device(of: parent) == device else { break }
            top = parent
        }
        return top
    }
}
