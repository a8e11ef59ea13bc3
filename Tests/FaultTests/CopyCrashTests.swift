import FaultyDisk
import Foundation
import HistoryModel
import HistoryStore
import Testing

@Suite("A copy that is made of a catalog")
struct CopyCrashTests {
    @Test(arguments: ["copy.db", "bundle.db"])
    func `it gets its name when all of it is on the disk`(name: String) throws {
        let folder = try Folder()
        try Workload.fill(folder.catalog)
        let disk = FaultyDisk()
        disk.startJournal()
        let path = "\(folder.path)/\(name)"
        do {
            let reader = try CatalogReader(
                path: folder.catalog, patience: .zero, settings: disk.settings)
            if name == "copy.db" {
                _ = try reader.writePlainCopy(to: path, now: .noon(plus: 9_000))
            } else {
                _ = try reader.writeBundle(
                    of: RunReference("2"), to: path, now: .noon(plus: 9_000))
            }
        }
        // What it was called until then.
        let temporary = try #require(
            disk.changes.map(\.file).first { $0.hasPrefix(name) && !$0.hasSuffix("-journal") })
        #expect(temporary != name)
        #expect(!disk.changes.contains { $0.file == name })
        var shadow = ShadowDisk([:])
        for change in disk.changes { shadow.apply(change) }
        let bytes = try Data(contentsOf: URL(filePath: path))
        #expect(bytes.count > 4_096)
        #expect(shadow.certainBytes(of: temporary).map { Data($0) } == bytes)
    }
}
