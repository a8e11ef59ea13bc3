import HistoryModel

/// The run beside its sandbox's earlier ones, and beside others of its machine.
enum SurroundingsRules {
    static func findings(_ exam: Examination) -> [Finding] {
        [loop(exam), unlikeEarlierRuns(exam), neighbour(exam)].compactMap(\.self)
    }

    /// How a run ended, as far as that can be compared.
    private struct End: Hashable {
        var code: Int32?
        var signal: Int32?
        var reason: String?

        init?(_ run: Run) {
            guard run.status == .terminated, run.exitCode != nil || run.exitSignal != nil else {
                return nil
            }
            (code, signal, reason) = (run.exitCode, run.exitSignal, run.terminationReason?.rawValue)
        }

        var isFailure: Bool {
            reason != TerminationReason.signal.rawValue
                && (signal != nil || code.map { $0 != 0 } ?? false)
        }

        var text: String {
            signal.map { SignalName.name(of: $0) } ?? code.map { "exit code \($0)" }
                ?? "an unknown end"
        }
    }

    private static func loop(_ exam: Examination) -> Finding? {
        // One that runs now belongs to a loop as its next turn.
        let runs =
            exam.run.status == .running ? exam.file.earlier : [exam.run] + exam.file.earlier
        guard let first = runs.first, let end = End(first), end.isFailure else { return nil }
        var count = 1
        var distances: [Double] = []
        for (later, run) in zip(runs, runs.dropFirst()) {
            let pause = run.terminatedAt.map { later.startedAt.milliseconds(since: $0) } ?? .max
            guard End(run) == end, pause <= Threshold.loopPause else { break }
            count += 1
            distances.append(Double(later.startedAt.milliseconds(since: run.startedAt)))
        }
        guard count >= Threshold.loopRuns, let every = distances.median else { return nil }
        let oldest = runs[count - 1]
        let atLeast = count == runs.count && exam.file.earlier.count >= CaseFile.earlierLimit
        return Finding(
            .restartLoop, weight: .warning, .certain,
            "\(atLeast ? "At least the" : "The") last \(count) runs of this sandbox all ended with "
                + "\(end.text), one every \(Words.length(Int64(held: max(0, every))))",
            from: oldest.startedAt, to: first.terminatedAt,
            evidence: [
                Evidence("runs in a row", .count(Int64(count)), from: "runs of the sandbox"),
                Evidence(
                    "from start to start", .milliseconds(Int64(held: max(0, every))),
                    from: "runs of the sandbox, median"),
                Evidence(
                    "the first of them", .text("run \(oldest.id)"), at: oldest.startedAt,
                    from: "run"),
            ],
            advice: "Starting it again does not help; the first of them is as good to look at.")
    }

    private static func unlikeEarlierRuns(_ exam: Examination) -> Finding? {
        let usual = exam.file.earlier.filter { $0.exitCode == 0 && $0.status == .terminated }
        guard usual.count >= Threshold.usualRuns else { return nil }
        var differences: [Difference] = []
        func compare(
            _ name: String, _ words: (String, String), least: Double,
            _ value: (Run) -> Double?, _ show: @escaping (Double) -> Evidence.Value
        ) {
            let known = usual.compactMap(value)
            guard known.count >= Threshold.usualRuns, let now = value(exam.run),
                let median = known.median,
                let spread = known.map({ ($0 - median).magnitude }).median
            else { return }
            let distance = (now - median).magnitude
            guard distance > spread * 1.4826 * Threshold.unusualDeviations,
                distance > median * Threshold.unusualShare, distance >= least
            else { return }
            differences.append(
                Difference(
                    words: now > median ? words.0 : words.1,
                    ratio: median > 0 && now > 0 ? max(now / median, median / now) : nil,
                    evidence: [
                        Evidence(name, show(now), from: "run"),
                        Evidence(
                            "usual \(name)", show(median),
                            from: "median of \(known.count) completed runs"),
                        Evidence(
                            "usual deviation", show(spread * 1.4826),
                            from: "median absolute deviation, scaled"),
                    ]))
        }
        // How long one that runs will take nobody knows; that it takes longer already is known.
        compare(
            "duration", ("took longer", "was shorter"), least: Threshold.unusualMilliseconds,
            {
                $0.status == .running
                    ? Double(exam.file.length) : $0.duration.map { Double($0.milliseconds) }
            },
            { .milliseconds(Int64(held: $0)) })
        compare(
            "CPU time", ("used more CPU time", "used less CPU time"),
            least: Threshold.unusualMilliseconds,
            { $0.usage.cpuTimeNanoseconds.map { Double($0) / 1e6 } },
            { .milliseconds(Int64(held: $0)) })
        compare(
            "peak memory", ("needed more memory", "needed less memory"), least: Threshold.leakBytes,
            { $0.usage.memoryPeakBytes.map(Double.init) }, { .bytes(Int64(held: $0)) })
        if exam.run.status == .running {
            differences.removeAll {
                ["was shorter", "used less CPU time", "needed less memory"].contains($0.words)
            }
        }
        guard !differences.isEmpty else { return nil }
        let what = differences.map { difference in
            difference.ratio.map { "\(difference.words) (\(Words.factor($0)))" } ?? difference.words
        }
        return Finding(
            .unlikeEarlierRuns, weight: .note, .certain,
            "Unlike \(usual.count) completed runs before, it " + what.joined(separator: ", "),
            evidence: differences.flatMap(\.evidence))
    }

    private struct Difference {
        let words: String
        let ratio: Double?
        let evidence: [Evidence]
    }

    private static func neighbour(_ exam: Examination) -> Finding? {
        func isLarge(_ neighbour: Neighbour) -> Bool {
            neighbour.cpuCentipercent ?? 0 >= Threshold.neighbourCPU
                || neighbour.memoryBytes ?? 0 >= Threshold.neighbourMemory
                || neighbour.diskBytesPerSecond ?? 0 >= Threshold.neighbourDisk
        }
        guard let neighbour = exam.file.neighbours.first(where: isLarge) else { return nil }
        let source =
            "run \(neighbour.run.id), in the \(Words.length(exam.file.neighbourWindow)) before the end"
        var evidence: [Evidence] = []
        var uses: [String] = []
        if let cpu = neighbour.cpuCentipercent {
            evidence.append(Evidence("its CPU", .cpuPercent(cpu / 100), from: source))
            if cpu >= Threshold.neighbourCPU { uses.append("\(Words.cpu(cpu)) CPU") }
        }
        if let memory = neighbour.memoryBytes {
            evidence.append(Evidence("its memory", .bytes(Int64(held: memory)), from: source))
            if memory >= Threshold.neighbourMemory {
                uses.append("\(Words.bytes(memory)) of memory")
            }
        }
        if let disk = neighbour.diskBytesPerSecond {
            evidence.append(Evidence("its disk", .bytesPerSecond(disk), from: source))
            if disk >= Threshold.neighbourDisk { uses.append("\(Words.rate(disk)) of disk") }
        }
        return Finding(
            .busyNeighbour, weight: .note, .possible,
            "Run \(neighbour.run.id) of '\(neighbour.run.sandbox.escapedForDisplay)' took "
                + uses.joined(separator: ", ") + " of the machine at that time",
            to: exam.file.end, evidence: evidence)
    }
}
