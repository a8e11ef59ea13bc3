import HistoryModel
import SlotRegistry

@testable import varve

extension Timestamp {
    /// 2026-11-23T12:00:00Z.
    static let topNoon = Timestamp(unixMilliseconds: 1_795_435_200_000)

    /// So many seconds after noon.
    static func at(_ seconds: Double) -> Timestamp {
        topNoon.advanced(byMilliseconds: Int64(seconds * 1000))
    }
}

extension LiveReading {
    /// A slot whose run started at 11:00.
    static func some(
        _ slot: Int, _ sandbox: String, state: LiveSlot.State = .running, generation: UInt64 = 1,
        limit: Int64? = nil, sample: Sample? = nil
    ) -> LiveReading {
        LiveReading(
            use: Use(
                slot: slot, generation: generation, runID: Int64(slot + 1), pid: 100 + Int32(slot),
                startedAt: .at(-3600)),
            state: state, sandbox: sandbox, memoryLimitBytes: limit, sample: sample)
    }
}

extension Sample {
    /// A sample at so many seconds after noon.
    static func at(
        _ seconds: Double, cpu: Int64? = nil, memory: Int64? = nil, disk: (Int64, Int64)? = nil,
        net: (Int64, Int64)? = nil
    ) -> Sample {
        var sample = Sample(at: Timestamp.at(seconds))
        sample.cpuCentipercent = cpu
        sample.memoryBytes = memory
        sample.diskReadBytes = disk?.0
        sample.diskWriteBytes = disk?.1
        sample.netRxBytes = net?.0
        sample.netTxBytes = net?.1
        return sample
    }
}

extension LiveTable {
    /// A table of one reading after another, by seconds after noon.
    init(_ readings: (Double, [LiveReading])...) {
        self.init()
        for (seconds, slots) in readings { take(LiveSnapshot(at: .at(seconds), slots: slots)) }
    }
}

extension LiveSubject {
    /// A registry.
    static var some: LiveSubject {
        // It is written as names are.
        .registry(try! RegistryName("/varve-x"))
    }
}

extension LiveBoard {
    /// A board of one reading of all registries after another, by seconds after noon.
    init(of subject: LiveSubject, _ readings: (Double, [[LiveReading]])...) {
        self.init(of: subject, isForAll: true)
        for (seconds, slots) in readings {
            take(slots.map { LiveSnapshot(at: .at(seconds), slots: $0) })
        }
    }
}
