import HistoryModel
import HistoryStore

/// A line of the table of recorders: one thing of each.
struct SessionLine: Sendable {
    let name: String
    let values: [String]

    static func fields(of sessions: [RecorderSession]) -> [Field<SessionLine>] {
        [Field("fact", heading: "RECORDER", isElastic: false) { .text($0.name) }]
            + sessions.indices.map { index in
                Field("recorder_\(index)", heading: "\(sessions[index].id.rawValue)") {
                    .text($0.values[index])
                }
            }
    }

    static func all(of sessions: [RecorderSession]) -> [SessionLine] {
        let facts: [(String, (RecorderSession) -> String)] = [
            ("registry", { $0.registry }),
            ("pid", { "\($0.pid)" }),
            ("state", { $0.stateText }),
            ("began", { $0.startedAt.localDescription }),
            (
                "polls",
                counted {
                    "\($0.pollCount) (\($0.latePollCount) late, \($0.missedPollCount) missed)"
                }
            ),
            (
                "slots",
                counted {
                    "\($0.slotReadCount) read (\($0.slotTornCount) torn, \($0.slotSkippedCount) skipped)"
                }
            ),
            ("rows", counted { "\($0.rowCount) (\($0.droppedRowCount) dropped)" }),
            (
                "flushes",
                counted {
                    "\($0.flushCount) (mean \(text($0.flushMeanNanoseconds)), "
                        + "max \(text($0.flushMaxNanoseconds)))"
                }
            ),
            ("busy retries", counted { "\($0.busyRetryCount)" }),
            (
                "sealed",
                counted {
                    "\(Fact.counted($0.sealedBlockCount, "hour")) in \(text($0.sealNanoseconds))"
                }
            ),
            ("written", counted { ByteText.format($0.writtenBytes) }),
        ]
        return facts.map { name, value in SessionLine(name: name, values: sessions.map(value)) }
    }

    private static func counted(
        _ text: @escaping (RecorderStatistics) -> String
    ) -> (RecorderSession) -> String {
        { session in session.statistics.map(text) ?? FieldDisplay.absent }
    }

    private static func text(_ nanoseconds: Int64) -> String {
        Duration.nanoseconds(nanoseconds).compactText
    }
}

extension RecorderStatistics {
    fileprivate var flushMeanNanoseconds: Int64 {
        flushCount > 0 ? flushNanoseconds / flushCount : 0
    }
}

extension RecorderSession {
    fileprivate var stateText: String {
        switch state {
        case .running: "running"
        case .ended: "ended \((endedAt ?? heartbeatAt).localDescription)"
        case .killed: "killed after \(heartbeatAt.localDescription)"
        }
    }

    /// What programs are told of it.
    var value: FieldValue {
        let head: [FieldValue.Member] = [
            .init("recorder_session_id", FieldValue(id.rawValue)),
            .init("run_id", FieldValue(run?.rawValue)),
            .init("registry", .text(registry)),
            .init("pid", FieldValue(pid)),
            .init("state", .text(state.rawValue)),
            .init("started_at", .time(startedAt)),
            .init("heartbeat_at", .time(heartbeatAt)),
            .init("ended_at", FieldValue(endedAt)),
        ]
        return .object(
            head
                + RecorderStatistics.counts.map { count in
                    .init(count.name, FieldValue(statistics.map { $0[keyPath: count.path] }))
                })
    }
}
