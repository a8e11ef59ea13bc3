internal import HistoryModel
internal import Supervisor

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Where a command writes first of all: its working directory, and its directory for temporary files.
enum WritableDirectories {
    /// What their file systems have too little of now, each once, in words.
    ///
    /// The command was started in the working directory of this program, which never leaves it.
    static var shortages: [String] {
        let rooms = [workingDirectory, Environment.current["TMPDIR"]].compactMap(\.self)
            .compactMap(FileSystemRoom.init(of:))
        var told: Set<String> = []
        return rooms.compactMap(\.shortage).filter { told.insert($0).inserted }
    }

    /// `nil` if it was removed.
    private static var workingDirectory: String? {
        // The result is ours to free, and copied before.
        guard let path = unsafe getcwd(nil, 0) else { return nil }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }
}
