// Writes a synthetic day as CSV to standard output: what `varve db import` reads.
//
//     swift run -c release day > day.csv          100 sandboxes, a sample each 10 s
//     swift run -c release day 1 20 > day.csv     20 sandboxes, a sample each second
//
// Its columns and their order are those that a recorder would write: by time, then by sandbox.

import SyntheticDay

let arguments = CommandLine.arguments.dropFirst().map(Int.init)
guard arguments.count <= 2, arguments.allSatisfy({ $0 ?? 0 > 0 }) else {
    fatalError("usage: day [SECONDS-BETWEEN-SAMPLES [SANDBOXES]]")
}
let numbers = arguments.compactMap(\.self) + [10, 100].dropFirst(arguments.count)
let (step, sandboxCount) = (numbers[0], numbers[1])

var sandboxes = (0..<sandboxCount).map { SyntheticSandbox(index: $0, step: step) }
print(
    "ts,sandbox,cpu_percent,memory_bytes,disk_read_bytes,disk_write_bytes,net_rx_bytes,net_tx_bytes"
)
for _ in stride(from: 0, to: 86_400, by: step) {
    var lines = ""
    for index in sandboxes.indices {
        guard let sample = sandboxes[index].next() else { continue }
        let (percent, hundredths) = sample.cpuCentipercent.quotientAndRemainder(dividingBy: 100)
        lines += "\(sample.at),\(index),\(percent)"
        if hundredths > 0 {
            lines +=
                hundredths % 10 == 0
                ? ".\(hundredths / 10)"
                : hundredths < 10
                    ? ".0\(hundredths)" : ".\(hundredths)"
        }
        lines += ",\(sample.memoryBytes),\(sample.diskReadBytes),\(sample.diskWriteBytes)"
        lines += ",\(sample.netRxBytes),\(sample.netTxBytes)\n"
    }
    print(lines, terminator: "")
}
