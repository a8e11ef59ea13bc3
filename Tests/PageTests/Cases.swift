import HistoryModel

@testable import PostMortem

/// Post-mortems that were made up, so that every value on their pages is known.
enum Cases {
    /// 2026-11-23T12:00:00Z.
    static let noon = Timestamp(unixMilliseconds: 1_795_435_200_000)
    /// An hour ahead of UTC.
    static let zone = LocalZone.fixed(secondsEast: 3600)
    private static let mebibyte: Int64 = 1 << 20

    static func instant(_ milliseconds: Int64) -> Timestamp {
        noon.advanced(byMilliseconds: milliseconds)
    }

    static func run(
        _ sandbox: String = "web-worker-7", milliseconds: Int64? = 2_400_000
    ) -> Run {
        var run = Run(
            id: RunID(rawValue: 42), sandbox: sandbox,
            source: Source(
                kind: .varve, name: "/varve-fixed", home: nil,
                host: Host(name: "basalt", bootID: "boot-1")),
            status: milliseconds == nil ? .running : .terminated, startedAt: noon)
        run.labels = ["team": "web", "tier": "batch"]
        run.command = ["python3", "-m", "worker", "--queue", "thumbnails", "--note", "it's"]
        run.pid = 4711
        run.terminatedAt = milliseconds.map(instant)
        run.duration = milliseconds.map { .milliseconds($0) }
        return run
    }

    /// `count` steps of `length` milliseconds with waves in them; what lies in a gap is left out.
    static func series(
        of run: Run, count: Int, length: Int64, gaps: [Series.Gap] = [], hasNetwork: Bool = true,
        memory: (Double) -> Double = { 180 + 90 * $0 }
    ) -> Series {
        var points = Series.Points(columnCount: CaseFile.columns.count)
        for index in 0..<count {
            let at = run.startedAt.advanced(byMilliseconds: Int64(index) * length)
            let end = at.advanced(byMilliseconds: length)
            if gaps.contains(where: { $0.from < end && at < $0.to }) { continue }
            let part = Double(index) / Double(max(1, count))
            let wave = Double((index * 7919) % 101) / 100
            points.appendStep(
                at: at.unixMilliseconds, milliseconds: length,
                lastAt: end.unixMilliseconds, sampleCount: length / 1000, isPartial: false)
            let level = memory(part) * Double(mebibyte)
            let values: [Double] = [
                3_000 + 4_000 * wave * part, 6_000 + 9_000 * wave, level + wave * 4_000_000,
                level + wave * 4_000_000 + (index % 13 == 0 ? 60_000_000 : 9_000_000),
                wave * 3_000_000, index % 20 < 4 ? 8_000_000 * wave : 40_000,
                hasNetwork ? 90_000 * wave : .nan, hasNetwork ? 20_000 + 9_000 * wave : .nan,
            ]
            for (column, value) in values.enumerated() { points.append(value, to: column) }
        }
        return Series(
            run: run, columns: CaseFile.columns, stepMilliseconds: length, points: points,
            gaps: gaps)
    }

    /// The last 120 samples before `end`; memory grows to `limit`.
    static func moments(before end: Timestamp, limit: Int64) -> [Sample] {
        (0..<120).map { index in
            var sample = Sample(at: end.advanced(byMilliseconds: Int64(index - 120) * 1000 + 380))
            let part = Double(index) / 119
            sample.memoryBytes = Int64(Double(limit) * (0.62 + 0.375 * part * part))
            sample.cpuCentipercent = 7_000 + Int64((index * 7919) % 61) * 50
            sample.diskReadBytes = Int64(index) * 120_000
            sample.diskWriteBytes = Int64(index / 10) * 4 * mebibyte
            sample.netRxBytes = Int64(index) * 64_000
            sample.netTxBytes = Int64(index) * 9_000
            return sample
        }
    }

    /// A worker with a leak that the OOM killer ended.
    static func outOfMemory() -> PostMortem {
        var run = run()
        let limit = 512 * mebibyte
        run.memoryLimitBytes = limit
        run.memoryLimitKind = .cgroup
        run.cpuLimitCentipercent = 20_000
        run.cpuThrottledNanoseconds = 8_400_000_000
        run.exitSignal = 9
        run.exitKnownBy = .waited
        run.terminationReason = .failed
        run.usage.cpuTimeNanoseconds = 1_312_000_000_000
        run.usage.cpuMaxCentipercent = 14_820
        run.usage.memoryMaxBytes = limit - 2 * mebibyte
        run.usage.memoryPeakBytes = limit - 9 * mebibyte
        run.usage.diskReadBytes = 3_100 * mebibyte
        run.usage.diskWriteBytes = 1_204 * mebibyte
        run.usage.netRxBytes = 88 * mebibyte
        run.usage.netTxBytes = 31 * mebibyte
        run.usage.sampleCount = 2_398
        let end = instant(2_400_000)
        let gap = Series.Gap(
            from: instant(900_000), to: instant(1_080_000), reason: .recorderDown)
        var file = CaseFile(
            of: run, askedAt: instant(3_000_000),
            history: series(of: run, count: 480, length: 5_000, gaps: [gap]) {
                170 + 320 * $0
            })
        file.moments = moments(before: end, limit: limit)
        file.events = [
            LifecycleEvent(.started, at: instant(4), seenBy: .supervisor),
            LifecycleEvent(.firstSample, at: instant(1_000), seenBy: .recorder),
            LifecycleEvent(.stalled, at: instant(1_500_000), seenBy: .recorder),
            LifecycleEvent(.resumed, at: instant(1_512_000), seenBy: .recorder),
            LifecycleEvent(
                .oomKill, at: instant(2_399_910),
                detail: OOMKillText.counted(
                    1, in: "/varve/42", notBefore: instant(2_399_100)),
                seenBy: .recorder),
            LifecycleEvent(.killed, at: end, detail: "SIGKILL", seenBy: .supervisor),
        ]
        file.logs = [
            RunLog(
                name: "stderr", takenAt: end, writtenBytes: 88_123,
                tail: Array(
                    """
                    \u{1b}[32mINFO\u{1b}[0m  worker: batch 1881 of queue thumbnails, 400 images
                    \u{1b}[33mWARN\u{1b}[0m  cache: 41,022 entries, none was ever evicted
                    \u{1b}[32mINFO\u{1b}[0m  worker: batch 1882 of queue thumbnails, 400 images

                    """.utf8))
        ]
        for (index, id) in [41, 38, 33].enumerated() {
            var earlier = run
            earlier.id = RunID(rawValue: Int64(id))
            earlier.startedAt = instant(-Int64(index + 1) * 4_000_000)
            earlier.terminatedAt = earlier.startedAt.advanced(byMilliseconds: 2_520_000)
            earlier.duration = .milliseconds(2_520_000 + Int64(index) * 60_000)
            if index == 2 {
                earlier.exitSignal = nil
                earlier.exitCode = 0
                earlier.usage.memoryMaxBytes = 210 * mebibyte
            }
            file.earlier.append(earlier)
        }
        for (index, name) in ["build-cache", "agent-12"].enumerated() {
            var other = Neighbour(run: self.run(name))
            other.run.id = RunID(rawValue: Int64(50 + index))
            other.cpuCentipercent = 9_512 - Double(index) * 8_000
            other.memoryBytes = Double((900 - Int64(index) * 700) * mebibyte)
            other.diskBytesPerSecond = index == 0 ? 12_500_000 : nil
            file.neighbours.append(other)
        }
        return PostMortem(
            of: file,
            verdict: Verdict(
                .init(rawValue: "memory_reached_limit"), .certain,
                "It was killed by the kernel's OOM killer: its memory had reached the limit of "
                    + "512.0 MiB after it had grown for 40 minutes."),
            findings: findings(limit: limit))
    }

    private static func findings(limit: Int64) -> [Finding] {
        [
            Finding(
                .init(rawValue: "memory_reached_limit"), weight: .cause, .certain,
                "Memory reached 99.5 % of its limit before the end",
                from: instant(2_392_000), to: instant(2_400_000),
                evidence: [
                    Evidence(
                        "memory at the end", .bytes(limit - 2 * mebibyte), at: instant(2_399_380),
                        from: "final moments"),
                    Evidence("memory limit", .bytes(limit), from: "run.memory_limit_bytes"),
                    Evidence(
                        "OOM kills seen", .count(1), at: instant(2_399_910), from: "event oom_kill"),
                ],
                advice: "Raise the limit only if the growth below is wanted; else mend that first."),
            Finding(
                .init(rawValue: "memory_leak"), weight: .cause, .likely,
                "Memory grew by 8.0 MiB a minute from the start to the end, and never fell",
                from: instant(0), to: instant(2_400_000),
                evidence: [
                    Evidence("growth", .bytesPerSecond(139_810), from: "history"),
                    Evidence("share of rising steps", .share(0.914), from: "history"),
                ],
                advice: "Look at what the process keeps: its cache says that nothing is evicted."),
            Finding(
                .init(rawValue: "recorder_down"), weight: .note, .certain,
                "Nothing is known of 3m 00s in which no recorder was at work",
                from: instant(900_000), to: instant(1_080_000),
                evidence: [
                    Evidence("length", .milliseconds(180_000), from: "gaps of the series")
                ]),
            Finding(
                .init(rawValue: "same_end_before"), weight: .note, .certain,
                "The two runs before it ended in the same way",
                evidence: [Evidence("runs", .text("41, 38"), from: "earlier runs")]),
        ]
    }

    /// Thirty days in as many steps as a page ever has, with gaps of all reasons.
    static func thirtyDays() -> PostMortem {
        let day: Int64 = 86_400_000
        var run = run("nightly-indexer", milliseconds: 30 * day)
        run.exitCode = 3
        run.exitKnownBy = .pidfd
        run.terminationReason = .failed
        run.memoryLimitBytes = 8 << 30
        run.usage.cpuTimeNanoseconds = 900_000_000_000_000
        let gaps = Series.Gap.Reason.allCases.enumerated().map { index, reason in
            Series.Gap(
                from: instant(Int64(index) * 3 * day + 2 * day),
                to: instant(Int64(index) * 3 * day + 2 * day + (index == 4 ? 3 : 1) * day / 2),
                reason: reason)
        }
        var file = CaseFile(
            of: run, askedAt: instant(31 * day),
            history: series(of: run, count: 600, length: 30 * day / 600, gaps: gaps) {
                300 + 60 * ($0 * 12).truncatingRemainder(dividingBy: 1)
            })
        file.moments = moments(before: instant(30 * day), limit: 400 * mebibyte)
        file.events = (0..<1_000).map { index in
            LifecycleEvent(
                index % 2 == 0 ? .stalled : .resumed, at: instant(Int64(index) * 30 * day / 1_000),
                detail: "the writer of slot 7 was last seen 4.2s before", seenBy: .recorder)
        }
        file.events.append(
            LifecycleEvent(.exited, at: instant(30 * day), detail: "code 3", seenBy: .recorder))
        file.logs = (0..<4).map { index in
            RunLog(
                name: "log-\(index)", takenAt: instant(30 * day), writtenBytes: 5_000_000,
                tail: Array(
                    repeating: Array("a line of a log that is not short\n".utf8), count: 480
                )
                .flatMap { $0 })
        }
        file.earlier = (0..<20).map { _ in run }
        file.neighbours = (0..<20).map { _ in Neighbour(run: run) }
        return PostMortem(
            of: file,
            verdict: Verdict(
                .init(rawValue: "failed"), .certain,
                "It ended by itself with code 3 after 30 days."),
            findings: findings(limit: 8 << 30))
    }

    /// A run that ended before anybody looked at it.
    static func unsampled() -> PostMortem {
        var run = run("probe", milliseconds: 180)
        run.exitCode = 127
        run.exitKnownBy = .waited
        run.terminationReason = .failed
        let series = Series(
            run: run, columns: CaseFile.columns, stepMilliseconds: nil,
            points: .init(columnCount: CaseFile.columns.count),
            gaps: [.init(from: noon, to: instant(180), reason: .notSampled)])
        var file = CaseFile(of: run, askedAt: instant(60_000), history: series)
        file.events = [
            LifecycleEvent(.started, at: instant(4), seenBy: .supervisor),
            LifecycleEvent(.exited, at: instant(180), detail: "code 127", seenBy: .supervisor),
        ]
        return PostMortem(
            of: file,
            verdict: Verdict(
                .init(rawValue: "failed"), .certain,
                "It ended by itself with code 127 after 180ms: a command in it was not found."),
            findings: [])
    }

    /// A run that goes on, without a network of its own.
    static func running() -> PostMortem {
        let run = run("agent-3", milliseconds: nil)
        var file = CaseFile(
            of: run, askedAt: instant(600_000),
            history: series(of: run, count: 60, length: 10_000, hasNetwork: false))
        file.moments = moments(before: instant(600_000), limit: 300 * mebibyte)
        for index in file.moments.indices {
            file.moments[index].netRxBytes = nil
            file.moments[index].netTxBytes = nil
        }
        file.events = [LifecycleEvent(.started, at: instant(4), seenBy: .supervisor)]
        return PostMortem(
            of: file,
            verdict: Verdict(.init(rawValue: "running"), .certain, "It still runs."),
            findings: [])
    }

    /// Texts that would be elements, scripts or another order of letters if they were not escaped.
    static let hostileTexts = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(2)>", "</script><b id=broken>",
        "</style></title><i id=broken>", "abc\u{202e}fed", "' onmouseover='alert(3)",
        "&lt;b&gt;", String(repeating: "m", count: 900), "\u{1b}[2J\u{0}", "<!--", "${alert(4)}",
    ]

    /// A run each of whose texts is hostile.
    static func hostile() -> PostMortem {
        let text = hostileTexts.joined(separator: " ")
        var postMortem = outOfMemory()
        var run = postMortem.caseFile.run
        run.sandbox = text
        run.labels = Dictionary(uniqueKeysWithValues: hostileTexts.map { ($0, $0) })
        run.command = hostileTexts
        run.source.name = text
        run.source.home = text
        run.source.host.name = text
        run.terminationReason = .init(rawValue: text)
        run.terminationDetail = text
        run.memoryLimitKind = .init(rawValue: text)
        postMortem.caseFile.run = run
        postMortem.caseFile.problems = [text]
        postMortem.caseFile.logs = [
            RunLog(
                name: text, takenAt: noon, writtenBytes: nil,
                tail: Array(hostileTexts.joined(separator: "\r\n").utf8) + [0xff, 0xfe])
        ]
        postMortem.caseFile.events += hostileTexts.enumerated().map { index, text in
            LifecycleEvent(
                .init(rawValue: text), at: instant(2_390_000 + Int64(index) * 500), detail: text,
                seenBy: .init(rawValue: text))
        }
        for index in postMortem.caseFile.neighbours.indices {
            postMortem.caseFile.neighbours[index].run = run
        }
        postMortem.verdict.sentence = text
        postMortem.verdict.cause = .init(rawValue: text)
        for index in postMortem.findings.indices {
            postMortem.findings[index].sentence = text
            postMortem.findings[index].advice = text
            postMortem.findings[index].kind = .init(rawValue: text)
            postMortem.findings[index].evidence.append(
                Evidence(text, .text(text), at: noon, from: text))
        }
        return postMortem
    }

    static let all: [(name: String, make: @Sendable () -> PostMortem)] = [
        ("oom", { outOfMemory() }), ("thirty-days", { thirtyDays() }),
        ("unsampled", { unsampled() }), ("running", { running() }), ("hostile", { hostile() }),
    ]
}

extension PostMortem {
    /// Its page.
    var markup: String { BrowserPage(of: self, in: Cases.zone).html.markup }
}
