extension Duration {
    /// Whole nanoseconds, held at the ends of the range.
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || carry ? (seconds > 0 ? .max : .min) : sum
    }

    /// Reads `200ms`, `1.5s`, `10m`, `3d2h`, `1w`: numbers with units, the largest unit first.
    ///
    /// Units are `w`, `d`, `h`, `m`, `s`, `ms`, `us` (`µs`) and `ns`; only the last number may have a
    /// fraction. A leading `-` makes it negative, and a bare `0` is zero: whether those make sense is
    /// the caller's question.
    ///
    /// - Throws: ``ValueTextError`` if it has another form or is beyond 292 years.
    public init(text: String) throws(ValueTextError) {
        let unknown = ValueTextError(text: text, wanted: .duration, problem: .unknownForm)
        var scanner = TextScanner(text)
        let isNegative = scanner.skip("-")
        if isNegative ? text == "-0" : text == "0" {
            self = .zero
            return
        }
        guard !scanner.isAtEnd else { throw unknown }
        var total: Int64 = 0
        var isTooLong = false
        var unitAbove = Int64.max
        var hasFraction = false
        while !scanner.isAtEnd {
            guard !hasFraction, let count = scanner.number() else { throw unknown }
            var billionths: Int64 = 0
            if scanner.skip(".") {
                guard let fraction = scanner.billionths() else { throw unknown }
                billionths = fraction
                hasFraction = true
            }
            guard let unit = Self.nanoseconds(perUnit: scanner.word()), unit < unitAbove else {
                throw unknown
            }
            unitAbove = unit
            let part = count * Int128(unit) + Int128(billionths) * Int128(unit) / 1_000_000_000
            let sum = Int128(total) + part
            isTooLong = isTooLong || sum > Int128(Int64.max)
            total = Int64(clamping: sum)
        }
        guard !isTooLong else {
            throw ValueTextError(text: text, wanted: .duration, problem: .outOfRange)
        }
        self = .nanoseconds(isNegative ? -total : total)
    }

    /// Whole milliseconds, cut off towards zero and held at the ends of the range.
    public var milliseconds: Int64 {
        Int64(clamping: attoseconds / 1_000_000_000_000_000)
    }

    /// Two figures for people, cut off: `50ms`, `3.2s`, `4m 05s`, `2h 13m`, `3d 04h`.
    ///
    /// What is shorter than a millisecond and not zero is `<1ms`.
    public var compactText: String {
        let sign = attoseconds < 0 ? "-" : ""
        let milliseconds = UInt64(clamping: attoseconds.magnitude / 1_000_000_000_000_000)
        guard milliseconds > 0 else { return attoseconds == 0 ? "0ms" : "\(sign)<1ms" }
        let seconds = milliseconds / 1000
        return switch milliseconds {
        case ..<1000: "\(sign)\(milliseconds)ms"
        case ..<60_000: "\(sign)\(seconds).\(milliseconds % 1000 / 100)s"
        case ..<3_600_000: "\(sign)\(seconds / 60)m \(Self.twoDigits(seconds % 60))s"
        case ..<86_400_000: "\(sign)\(seconds / 3600)h \(Self.twoDigits(seconds / 60 % 60))m"
        default: "\(sign)\(seconds / 86_400)d \(Self.twoDigits(seconds / 3600 % 24))h"
        }
    }

    private static func twoDigits(_ value: UInt64) -> String {
        CivilDateTime.padded(Int(value), to: 2)
    }

    private static func nanoseconds(perUnit unit: String) -> Int64? {
        switch unit {
        case "ns": 1
        case "us", "\u{b5}s", "\u{3bc}s": 1000
        case "ms": 1_000_000
        case "s": 1_000_000_000
        case "m": 60_000_000_000
        case "h": 3_600_000_000_000
        case "d": 86_400_000_000_000
        case "w": 604_800_000_000_000
        default: nil
        }
    }
}
