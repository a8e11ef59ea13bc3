/// What a file says of a limit.
package enum CgroupLimit: Hashable {
    /// The file is not there, or makes no sense.
    case unknown
    /// There is none.
    case unlimited
    case limit(Int64)

    /// The tighter of two that hold at once.
    func and(_ other: CgroupLimit) -> CgroupLimit {
        switch (self, other) {
        case (.limit(let one), .limit(let two)): .limit(min(one, two))
        case (.limit, _), (.unlimited, .unknown): self
        default: other
        }
    }
}

extension CgroupText {
    /// What v1 shows for *no limit*: the largest multiple of the page's size, whatever that is. No host
    /// has an eighth of it.
    private static let hugeLimit: Int64 = 1 << 60

    /// `memory.max` (v2) or `memory.limit_in_bytes` (v1).
    package static func memoryLimit(in text: [UInt8]) -> CgroupLimit {
        guard let word = onlyLine(of: text) else { return .unknown }
        if word.elementsEqual("max".utf8) { return .unlimited }
        guard isNumber(word) else { return .unknown }
        guard let bytes = number(word), bytes < hugeLimit else { return .unlimited }
        return .limit(bytes)
    }

    /// `cpu.max` (v2), a quota and a period, in hundredths of a percent of one core.
    package static func cpuLimit(in text: [UInt8]) -> CgroupLimit {
        guard let line = onlyLine(of: text) else { return .unknown }
        let words = line.split(separator: UInt8(ascii: " "))
        guard words.count == 2, let period = number(words[1]) else { return .unknown }
        if words[0].elementsEqual("max".utf8) { return .unlimited }
        return number(words[0]).map { share($0, of: period) } ?? .unknown
    }

    /// `cpu.cfs_quota_us` and `cpu.cfs_period_us` (v1), in hundredths of a percent of one core.
    package static func cpuLimit(quota: [UInt8], period: [UInt8]) -> CgroupLimit {
        guard let quota = onlyLine(of: quota) else { return .unknown }
        if quota.elementsEqual("-1".utf8) { return .unlimited }
        guard let quota = number(quota), let period = onlyLine(of: period).flatMap(number) else {
            return .unknown
        }
        return share(quota, of: period)
    }

    /// How long a cgroup was held back, in nanoseconds: `throttled_usec` (v2) or `throttled_time` (v1)
    /// of `cpu.stat`.
    package static func throttledNanoseconds(in text: [UInt8]) -> Int64? {
        if let microseconds = figure("throttled_usec", in: text) {
            let (nanoseconds, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
            return overflow ? nil : nanoseconds
        }
        return figure("throttled_time", in: text)
    }

    /// How often `pids.events` says that a process was refused.
    package static func refusedForks(in text: [UInt8]) -> Int64? {
        figure("max", in: text)
    }

    /// The number behind `name` on a line of its own; `nil` if there is none, or it is out of range.
    package static func figure(_ name: String, in text: [UInt8]) -> Int64? {
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " "))
            guard words.count == 2, words[0].elementsEqual(name.utf8), isNumber(words[1]) else {
                continue
            }
            return number(words[1])
        }
        return nil
    }

    private static func share(_ quota: Int64, of period: Int64) -> CgroupLimit {
        let (scaled, overflow) = quota.multipliedReportingOverflow(by: 10_000)
        guard quota > 0, period > 0 else { return .unknown }
        return overflow ? .unlimited : .limit(scaled / period)
    }

    /// The text's first line, if it is its only one.
    private static func onlyLine(of text: [UInt8]) -> ArraySlice<UInt8>? {
        let lines = text.split(separator: UInt8(ascii: "\n"))
        return lines.count == 1 ? lines[0] : nil
    }

    private static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
        !word.isEmpty && word.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// `nil` if it is no number, or above `Int64.max`.
    private static func number(_ word: ArraySlice<UInt8>) -> Int64? {
        isNumber(word) ? Int64(String(decoding: word, as: UTF8.self)) : nil
    }
}
