internal import SlotRegistry

extension RegistryBenchmark {
    /// Samples that are written at a time: some twenty milliseconds, so that a reader that pauses half as
    /// long comes by.
    private static let longBatch = 5_000_000
    private static let repetitions = 40

    /// What the writers of all slots take beside somebody who reads them, against what they take alone.
    static func besideReaders(
        _ stage: Stage, _ writers: [SlotWriter], _ sample: SlotSample
    ) throws -> [Comparison] {
        try [
            ("write samples beside a reader that polls each 10 ms", Duration.milliseconds(10)),
            ("write samples beside a reader that never pauses", .zero),
        ].map { what, pause in
            var comparison = Comparison(what, count: longBatch)
            func write() throws {
                for index in 0..<longBatch { try writers[index % writers.count].write(sample) }
            }
            var polls = 0
            for _ in 0..<repetitions {
                let reader = try PollingReader(of: stage.name, pause: pause)
                let before = reader.pollCount
                defer { reader.end() }
                try comparison.measure(ours: write)
                polls += reader.pollCount - before
                reader.end()
                try comparison.measure(floor: write)
            }
            // On one processor nobody may have been beside.
            guard polls >= repetitions else {
                throw BenchmarkError("the reader hardly read while samples were written")
            }
            print("\(what): it read all slots \(polls / repetitions) times a repetition")
            comparison.forgetFirst(2)
            return comparison
        }
    }
}
