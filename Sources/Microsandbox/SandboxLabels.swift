/// The labels that a look at `sandbox_labels` has found, within bounds: somebody may keep a book there.
package struct SandboxLabels {
    /// Those of one sandbox.
    package struct Labels: Hashable {
        /// Those that are kept.
        package var kept: [String: String] = [:]
        /// How many were too many or too long to be kept.
        var leftOutCount = 0

        /// Takes one more; `nil` for one that was too long to be read.
        mutating func take(_ key: String?, _ value: String?) {
            guard let key, let value, kept.count < SandboxConfig.labelLimit,
                key.utf8.count <= SandboxConfig.labelByteLimit,
                value.utf8.count <= SandboxConfig.labelByteLimit
            else {
                leftOutCount += 1
                return
            }
            kept[key] = value
        }
    }

    private var found: [Int64: Labels] = [:]
    /// The sandbox at which there were too many to read on; those with lower ids were not reached.
    private(set) var cutAt: Int64?

    mutating func take(_ key: String?, _ value: String?, of sandbox: Int64) {
        found[sandbox, default: Labels()].take(key, value)
    }

    /// Notes that nothing more was read, from a label of `sandbox` on.
    mutating func cut(at sandbox: Int64) { cutAt = sandbox }

    /// Those of `sandbox`; `nil` if they were not, or not all, read: then nothing is said of them.
    subscript(sandbox: Int64) -> Labels? {
        if let cutAt, sandbox <= cutAt { return nil }
        return found[sandbox] ?? Labels()
    }
}
