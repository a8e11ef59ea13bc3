/// The 64-bit FNV-1a hash: names shared-memory objects and notices changed migrations.
///
/// It guards against accidents, not against an adversary.
///
/// ```swift
/// FNV1a.hash("/tmp/msb-home".utf8)  // 0xc71a5d072a6fcba2
/// ```
public enum FNV1a {
    /// The hash of `bytes`.
    public static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        return hash
    }

    /// The hash of `bytes` as 16 lower-case hexadecimal digits.
    public static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = String(hash(bytes), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
