// Reading decimal fields out of bytes: no allocation, no trap whatever the bytes are.
extension Span where Element == UInt8 {
    /// The unsigned decimal number at `position`, which moves behind its last digit; `nil` if there
    /// is no digit or the value is above 2^64-1.
    func unsigned(at position: inout Int) -> UInt64? {
        var value: UInt64 = 0
        let start = position
        while position < count {
            let digit = self[position] &- 0x30
            guard digit <= 9 else { break }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
            if overflow || carry { return nil }
            value = sum
            position += 1
        }
        return position > start ? value : nil
    }

    /// The process id at `position`: a positive number that an `Int32` can hold.
    func processID(at position: inout Int) -> Int32? {
        guard let value = unsigned(at: &position), value > 0 else { return nil }
        return Int32(exactly: value)
    }

    /// Moves `position` over `byte`; `false` if another byte, or none, stands there.
    func skip(_ byte: UInt8, at position: inout Int) -> Bool {
        guard position < count, self[position] == byte else { return false }
        position += 1
        return true
    }

    /// Moves `position` over spaces and tabs.
    func skipBlanks(at position: inout Int) {
        while position < count, self[position] == 0x20 || self[position] == 0x09 { position += 1 }
    }

    /// Moves `position` to the next `byte`, or to the end.
    func advance(_ position: inout Int, to byte: UInt8) {
        while position < count, self[position] != byte { position += 1 }
    }

    /// Whether the ASCII `text` stands at `position`.
    @inline(__always)
    func has(_ text: StaticString, at position: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard length <= count - position else { return false }
        for index in 0..<length {
            // A literal of several characters lies in the program, `length` bytes of it.
            guard unsafe self[position + index] == text.utf8Start[index] else { return false }
        }
        return true
    }
}

extension UInt64 {
    /// The product, or `nil` if it is above 2^63-1, which no stored column can hold.
    func storable(times factor: UInt64) -> UInt64? {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? nil : product.storable
    }

    /// The sum, or `nil` if it is above 2^63-1.
    func storable(plus other: UInt64) -> UInt64? {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? nil : sum.storable
    }

    /// The value, or `nil` if it is above 2^63-1.
    var storable: UInt64? { self <= UInt64(Int64.max) ? self : nil }
}
