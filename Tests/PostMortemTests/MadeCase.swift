import HistoryModel

@testable import PostMortem

extension Timestamp {
    /// 2026-11-23T12:00:00Z, when all made-up runs begin.
    static let noon = Timestamp(unixMilliseconds: 1_795_435_200_000)

    static func noon(_ milliseconds: Int64) -> Timestamp {
        noon.advanced(byMilliseconds: milliseconds)
    }
}

/// A case that was made up: a run of `web` that began at noon and was seen to its end.
struct MadeCase {
    var file: CaseFile

    /// - Parameter seconds: How long it took.
    init(
        seconds: Int64 = 100, code: Int32? = nil, signal: Int32? = nil,
        reason: TerminationReason? = nil
    ) {
        let end = Timestamp.noon(seconds * 1_000)
        var run = Run(
            id: RunID(rawValue: 17), sandbox: "web",
            source: Source(
                kind: .varve, name: "/varve-test", home: nil,
                host: Host(name: "basalt", bootID: "boot-1")),
            status: .terminated, startedAt: .noon)
        run.command = ["serve", "--port", "80"]
        run.terminatedAt = end
        run.duration = .seconds(seconds)
        run.exitCode = code
        run.exitSignal = signal
        run.exitKnownBy = .waited
        run.terminationReason = reason ?? (code == 0 ? .completed : .failed)
        file = CaseFile(
            of: run, askedAt: end.advanced(byMilliseconds: 60_000),
            history: Series(
                run: run, columns: CaseFile.columns, stepMilliseconds: nil,
                points: .init(columnCount: CaseFile.columns.count), gaps: []))
        file.run.usage.sampleCount = seconds
    }

    /// A run that goes on.
    static func running(seconds: Int64 = 7_200) -> MadeCase {
        var made = MadeCase(seconds: seconds)
        made.file.run.status = .running
        made.file.run.terminatedAt = nil
        made.file.run.duration = nil
        made.file.run.exitKnownBy = nil
        made.file.run.terminationReason = nil
        made.file.askedAt = .noon(seconds * 1_000)
        return made
    }

    func with(_ change: (inout CaseFile) -> Void) -> MadeCase {
        var made = self
        change(&made.file)
        return made
    }

    /// An event, so many milliseconds after the start.
    func event(
        _ kind: LifecycleEvent.Kind, at milliseconds: Int64 = 99_990, _ detail: String? = nil,
        seenBy observer: LifecycleEvent.Observer = .supervisor
    ) -> MadeCase {
        with {
            $0.events.append(
                LifecycleEvent(kind, at: .noon(milliseconds), detail: detail, seenBy: observer))
        }
    }

    func stderr(_ text: String, named name: String = "stderr") -> MadeCase {
        with {
            $0.logs.append(
                RunLog(
                    name: name, takenAt: $0.end, writtenBytes: Int64(text.utf8.count),
                    tail: Array(text.utf8)))
        }
    }

    func memoryLimit(_ mebibytes: Int64, _ kind: MemoryLimitKind?) -> MadeCase {
        with {
            $0.run.memoryLimitBytes = mebibytes << 20
            $0.run.memoryLimitKind = kind
        }
    }

    func peak(_ mebibytes: Int64) -> MadeCase {
        with {
            $0.run.usage.memoryPeakBytes = mebibytes << 20
            $0.run.usage.memoryMaxBytes = mebibytes << 20
        }
    }

    /// What one second of a run is like.
    struct Second {
        var cpu: Int64? = 0
        var memory: Int64? = 10 << 20
        var disk: Int64 = 0
        var net: Int64? = 0
    }

    /// Samples of the last `count` seconds, each made of the seconds that it is from the first.
    func moments(_ count: Int, _ second: (Int) -> Second) -> MadeCase {
        with { file in
            var disk: Int64 = 1 << 30
            var net: Int64 = 1 << 30
            file.moments = (0..<count).map { index in
                let what = second(index)
                disk += what.disk
                net += what.net ?? 0
                var sample = Sample(
                    at: file.end.advanced(byMilliseconds: Int64(index + 1 - count) * 1_000))
                sample.cpuCentipercent = what.cpu
                sample.memoryBytes = what.memory
                sample.diskReadBytes = disk
                sample.diskWriteBytes = 0
                sample.netRxBytes = what.net.map { _ in net }
                return sample
            }
        }
    }

    /// A history of `count` even steps, each made of its place.
    func history(_ count: Int, _ step: (Int) -> Second) -> MadeCase {
        with { file in
            let length = max(1, file.end.milliseconds(since: file.run.startedAt) / Int64(count))
            for index in 0..<count {
                let what = step(index)
                let at = Timestamp.noon.unixMilliseconds + Int64(index) * length
                file.history.points.appendStep(
                    at: at, milliseconds: length, lastAt: at + length - 1, sampleCount: 10,
                    isPartial: false)
                let cpu = what.cpu.map(Double.init) ?? .nan
                let memory = what.memory.map(Double.init) ?? .nan
                let values = [
                    cpu, cpu, memory, memory, Double(what.disk), 0,
                    what.net.map(Double.init) ?? .nan, .nan,
                ]
                for (column, value) in values.enumerated() {
                    file.history.points.append(value, to: column)
                }
            }
        }
    }

    func gap(_ reason: Series.Gap.Reason, from: Int64, to: Int64) -> MadeCase {
        with { $0.history.gaps.append(.init(from: .noon(from), to: .noon(to), reason: reason)) }
    }

    /// Earlier runs of `web`, the latest first, each `distance` seconds before the next.
    func earlier(
        _ count: Int, distance: Int64 = 200, seconds: (Int) -> Int64 = { _ in 100 },
        code: Int32? = 0,
        signal: Int32? = nil, memory: Int64 = 50 << 20
    ) -> MadeCase {
        with { file in
            for index in 1...count {
                var run = file.run
                run.status = .terminated
                run.id = RunID(rawValue: 17 - Int64(index))
                run.startedAt = .noon(-Int64(index) * distance * 1_000)
                let length = seconds(index)
                run.terminatedAt = run.startedAt.advanced(byMilliseconds: length * 1_000)
                run.duration = .seconds(length)
                run.exitCode = code
                run.exitSignal = signal
                run.terminationReason = code == 0 ? .completed : .failed
                run.usage.memoryPeakBytes = memory
                run.usage.cpuTimeNanoseconds = length * 500_000_000
                file.earlier.append(run)
            }
        }
    }

    func neighbour(cpu: Double? = nil, memory: Double? = nil, disk: Double? = nil) -> MadeCase {
        with {
            var run = $0.run
            run.id = RunID(rawValue: 99)
            run.sandbox = "miner"
            var neighbour = Neighbour(run: run)
            neighbour.cpuCentipercent = cpu
            neighbour.memoryBytes = memory
            neighbour.diskBytesPerSecond = disk
            $0.neighbours.append(neighbour)
        }
    }

    var postMortem: PostMortem { PostMortem(of: file) }
}

extension PostMortem {
    var kinds: [Finding.Kind] { findings.map(\.kind) }

    func finding(_ kind: Finding.Kind) -> Finding? { findings.first { $0.kind == kind } }
}
