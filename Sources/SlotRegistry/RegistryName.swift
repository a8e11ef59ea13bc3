internal import HistoryModel

/// The name of a registry's shared-memory object, checked.
///
/// ```swift
/// RegistryName.microsandbox(home: "/tmp/msb-home", abi: .v3).value
/// // "/msb-met-c71a5d072a6fcba2-v3"
/// ```
public struct RegistryName: Hashable, Sendable, CustomStringConvertible {
    /// The name as `shm_open(3)` takes it, with its leading slash.
    public let value: String

    #if canImport(Darwin)
        /// The longest name in bytes: `PSHMNAMLEN`.
        public static let maximumByteCount = 31
    #else
        /// The longest name in bytes: `NAME_MAX`.
        public static let maximumByteCount = 255
    #endif

    /// The name `value`.
    ///
    /// - Throws: ``RegistryError`` with ``RegistryError/Reason/badName`` if no object can have it.
    public init(_ value: String) throws(RegistryError) {
        let bytes = value.utf8
        let isUsable =
            bytes.first == UInt8(ascii: "/") && bytes.count > 1
            && bytes.count <= Self.maximumByteCount
            && !bytes.dropFirst().contains { $0 == UInt8(ascii: "/") || $0 == 0 }
            && value != "/." && value != "/.."
        guard isUsable else { throw RegistryError(registry: value, reason: .badName) }
        self.value = value
    }

    private init(unchecked value: String) {
        self.value = value
    }

    /// The registry of microsandbox whose home is `home`, byte for byte as it resolves it:
    /// `$MSB_HOME` as it stands, else `~/.microsandbox` with the tilde replaced.
    public static func microsandbox(home: String, abi: RegistryABI) -> RegistryName {
        RegistryName(unchecked: "/msb-met-\(FNV1a.hexadecimal(home.utf8))-v\(abi.rawValue)")
    }

    /// varve's own registry for the directory `home`, byte for byte as given.
    public static func varve(home: String) -> RegistryName {
        RegistryName(unchecked: "/varve-\(FNV1a.hexadecimal(home.utf8))-v3")
    }

    /// The name itself.
    public var description: String { value }
}
