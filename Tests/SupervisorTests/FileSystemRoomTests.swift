import Foundation
import Supervisor
import Testing

@Suite("Room on a file system")
struct FileSystemRoomTests {
    private static let gibibyte: Int64 = 1 << 30

    @Test(
        "it is short of bytes, or of files, or of nothing",
        arguments: [
            (1 << 20, 0, 0, 0, "0 B of 1.0 MiB free on the file system /mnt"),
            (gibibyte, 4096, 100, 5, "4.0 KiB of 1.0 GiB free on the file system /mnt"),
            (gibibyte, (1 << 20) - 1, 0, 0, "1.0 MiB of 1.0 GiB free on the file system /mnt"),
            (gibibyte, 1 << 20, 0, 0, nil),
            // A hundredth of a small one may be all that anybody needs.
            (1 << 20, 20_000, 100, 5, nil),
            (
                gibibyte, gibibyte, 100, 0,
                "no more files can be made on the file system /mnt: it holds 100 already"
            ),
            (0, 0, 0, 0, nil),
        ] as [(Int64, Int64, Int64, Int64, String?)])
    func shortage(
        totalBytes: Int64, freeBytes: Int64, totalFiles: Int64, freeFiles: Int64, sentence: String?
    ) {
        let room = FileSystemRoom(
            mountPoint: "/mnt", totalBytes: totalBytes, freeBytes: freeBytes,
            totalFiles: totalFiles, freeFiles: freeFiles)
        #expect(room.shortage == sentence)
    }

    @Test("a directory's file system begins at or above it")
    func real() throws {
        let path = URL(filePath: NSTemporaryDirectory()).resolvingSymlinksInPath().path
        let room = try #require(FileSystemRoom(of: path))
        #expect(path.hasPrefix(room.mountPoint))
        #expect(room.totalBytes > 0 && room.freeBytes <= room.totalBytes)
        #expect(FileSystemRoom(of: "/")?.mountPoint == "/")
    }

    @Test("what is no directory has none", arguments: ["", "relative", "/no/such/directory"])
    func missing(path: String) {
        #expect(FileSystemRoom(of: path) == nil)
    }

    #if os(Linux)
        @Test("the system's own file systems are never full")
        func pseudo() throws {
            let room = try #require(FileSystemRoom(of: "/proc/self"))
            #expect(room.mountPoint == "/proc" && room.shortage == nil)
        }
    #endif
}
