/// A version of the registry's format. A host can hold registries of several at once.
public enum RegistryABI: UInt32, CaseIterable, Hashable, Sendable {
    /// microsandbox 0.5.0 to 0.5.5: no flags, no CPU time.
    case v1 = 1
    /// microsandbox 0.5.6 and 0.5.7: flags, CPU time, more gauges of memory.
    case v2 = 2
    /// microsandbox 0.5.8 and later, and varve: gauges of the writable layer.
    case v3 = 3
}
