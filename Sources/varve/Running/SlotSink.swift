internal import HistoryModel
internal import ProcessSampler
internal import SlotRegistry

/// Writes measurements into a slot: shared memory only, no allocation, no system call.
struct SlotSink: SampleSink {
    let writer: SlotWriter

    func write(_ measurement: Measurement) throws(SinkError) {
        do {
            try writer.write(SlotSample(measurement))
        } catch {
            throw error.isGenerationMismatch ? .generationMismatch : .other("\(error)")
        }
    }
}

extension SlotSample {
    /// The words that say `measurement`: flags for what was measured, zero for what was not.
    init(_ measurement: Measurement) {
        self.init(sampledAtUnixMilliseconds: measurement.sampledAt.unixMilliseconds)
        if let time = measurement.cpuTimeNanoseconds {
            vcpuTimeNanoseconds = time
            if let percent = measurement.cpuPercent {
                cpuPercent = percent
                flags.insert(.cpu)
            } else {
                flags.insert(.cpuTimeOnly)
            }
        }
        if let bytes = measurement.memoryBytes {
            memoryBytes = bytes
            flags.insert(.memoryUsed)
        }
        if let read = measurement.diskReadBytes, let written = measurement.diskWriteBytes {
            diskReadBytes = read
            diskWriteBytes = written
        } else {
            flags.insert(.diskNotMeasured)
        }
        if let received = measurement.netRxBytes, let sent = measurement.netTxBytes {
            netRxBytes = received
            netTxBytes = sent
        } else {
            flags.insert(.netNotMeasured)
        }
    }
}
