import Foundation
import FuzzTargets
import TestFigures
import Testing

/// A short run of every fuzzer; `make fuzz` makes the long ones.
@Suite struct FuzzTests {
    /// Bytes of today are those of tomorrow: a run that fails can be made again.
    private static let seed: UInt64 = 0x7661_7276_6520_3031

    @Test(arguments: FuzzTarget.all.map(\.name))
    func `what fuzzers have found interesting, and many changes to it, break nothing`(
        name: String
    ) throws {
        let target = try target(name)
        let models = try models(of: target)
        #expect(models.count > target.seeds.count, "\(name) has no corpus")
        var understood = 0
        for (file, bytes) in models {
            do {
                if try target.feed(bytes) == .understood { understood += 1 }
            } catch {
                Issue.record("\(file): \(error)")
            }
        }
        #expect(understood > 0, "of \(models.count) files of \(name) none says anything")
        try feedChanges(of: models.map(\.bytes), to: target)
        try Figures.record(
            "seeded fuzzing", of: name, tried: models.count + target.shortRunCount, crashes: 0)
    }

    private func feedChanges(of models: [[UInt8]], to target: FuzzTarget) throws {
        var mutator = SeededMutator(of: models, seed: Self.seed)
        var understood = 0
        for count in 0..<target.shortRunCount {
            let bytes = mutator.next()
            do {
                if try target.feed(bytes) == .understood { understood += 1 }
            } catch {
                Issue.record(
                    "\(target.name), time \(count): \(error); fed \(bytes.prefix(64))")
            }
        }
        #expect(understood > 0, "nothing that was fed to \(target.name) says anything")
    }

    @Test func `each folder of the corpus is that of a target`() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: corpus.path)
        #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
    }

    private func target(_ name: String) throws -> FuzzTarget {
        try #require(FuzzTarget.all.first { $0.name == name })
    }

    private var corpus: URL {
        Bundle.module.resourceURL!.appendingPathComponent("Corpus")
    }

    /// The files of the target's corpus in the order of their names, and its seeds.
    private func models(of target: FuzzTarget) throws -> [(file: String, bytes: [UInt8])] {
        let folder = corpus.appendingPathComponent(target.name)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try files.map { file in
            (file, [UInt8](try Data(contentsOf: folder.appendingPathComponent(file))))
        } + target.seeds.enumerated().map { ("seed \($0)", $1) }
    }
}
