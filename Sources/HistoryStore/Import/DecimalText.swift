/// A number as text, from a file that anybody may have written.
enum DecimalText: Hashable {
    /// There is none.
    case absent
    /// It times a power of ten, rounded half up.
    case value(Int64)
    /// It is a number, but no value can be so: not a number, negative, infinite, above 2^63-1.
    case implausible
    /// It is no number.
    case malformed

    /// Reads `bytes` and multiplies by ten to the power of `digits`.
    init(_ bytes: ArraySlice<UInt8>, digits: Int) {
        guard !bytes.isEmpty else {
            self = .absent
            return
        }
        var value: Int64 = 0
        var isBeyond = false
        // Digits after the point so far; -1 before it.
        var places = -1
        var isNumber = false
        for byte in bytes {
            if byte == UInt8(ascii: "."), places < 0 {
                places = 0
                continue
            }
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else {
                self = Self.unusual(bytes, digits: digits)
                return
            }
            isNumber = true
            if places >= 0 { places += 1 }
            if places <= digits {
                isBeyond = Self.append(Int64(digit), to: &value) || isBeyond
            } else if places == digits + 1, digit >= 5, !isBeyond {
                isBeyond = value == .max
                if !isBeyond { value += 1 }
            }
        }
        for _ in max(0, min(places, digits))..<digits {
            isBeyond = Self.append(0, to: &value) || isBeyond
        }
        self = !isNumber ? .malformed : isBeyond ? .implausible : .value(value)
    }

    /// - Returns: Whether that went beyond the range.
    private static func append(_ digit: Int64, to value: inout Int64) -> Bool {
        let (product, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(digit)
        guard !overflow, !carry else { return true }
        value = sum
        return false
    }

    /// Signs, exponents and words: rare, so that they may cost a `String`.
    private static func unusual(_ bytes: ArraySlice<UInt8>, digits: Int) -> DecimalText {
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        let word = text.drop { $0 == "-" || $0 == "+" }
        if ["nan", "inf", "infinity"].contains(word) { return .implausible }
        // `Double` also reads hexadecimal, which no metric is written in.
        guard text.utf8.allSatisfy({ "0123456789+-.e".utf8.contains($0) }),
            word.utf8.first.map({ (0x30...0x39).contains($0) || $0 == 0x2e }) == true
        else { return .malformed }
        guard var number = Double(text) else { return .malformed }
        for _ in 0..<digits { number *= 10 }
        guard number >= 0 else { return .implausible }
        guard let value = Int64(exactly: number.rounded()) else { return .implausible }
        return .value(value)
    }
}
