internal import Foundation

/// What the system says of a process (`proc_pid_stat(5)`, `proc_pid_status(5)`); Linux only.
struct ProcessFigures {
    /// User and system time.
    let processorSeconds: Double
    /// `VmRSS`.
    let residentBytes: Int64
    /// `VmHWM`.
    let peakResidentBytes: Int64

    /// - Parameter pid: `nil` for this process.
    init?(of pid: Int32? = nil) {
        let folder = "/proc/\(pid.map(String.init) ?? "self")"
        guard let stat = try? String(contentsOfFile: folder + "/stat", encoding: .utf8),
            let status = try? String(contentsOfFile: folder + "/status", encoding: .utf8),
            let comm = stat.lastIndex(of: ")")
        else { return nil }
        // After the name come field 3 and all that follow; 14 and 15 are utime and stime.
        let fields = stat[stat.index(after: comm)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12])
        else { return nil }
        processorSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        func bytes(_ key: String) -> Int64 {
            let line = status.split(separator: "\n").first { $0.hasPrefix(key + ":") }
            let number = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
            return (number.flatMap { Int64($0) } ?? 0) * 1024
        }
        residentBytes = bytes("VmRSS")
        peakResidentBytes = bytes("VmHWM")
    }
}
