#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What a recorder wants of a sandbox's configuration, the JSON text of `config` and `active_config`.
///
/// `cpus` and `memory_mib` stand at its top in the first releases and under `resources` later, where
/// 0.6 calls the former `vcpus`. Everything else is passed over.
package struct SandboxConfig: Hashable {
    /// The CPUs that the sandbox is given.
    package var cpus: Double?
    /// The memory that it is given.
    package var memoryBytes: Int64?
    /// Its labels; `nil` where the text has none.
    package var labels: SandboxLabels.Labels?

    /// A configuration larger than this is not read.
    static let sizeLimit = 1 << 20

    /// Labels beyond these, and longer ones, are left out.
    static let labelLimit = 256
    static let labelByteLimit = 4096

    /// - Returns: `nil` if `text` is no JSON object.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.sizeLimit,
            let shape = try? JSONDecoder().decode(Shape.self, from: Data(text.utf8))
        else { return nil }
        let resources = shape.resources
        let cpus = resources?.vcpus ?? resources?.cpus ?? shape.vcpus ?? shape.cpus
        self.cpus = cpus.flatMap {
            $0.value.isFinite && $0.value > 0 && $0.value <= 65_536 ? $0.value : nil
        }
        let mebibytes = (resources?.memory ?? shape.memory)?.value
        memoryBytes = mebibytes.flatMap { value in
            value > 0 && value <= Double(1 << 40)
                ? Int64(exactly: (value * 1_048_576).rounded()) : nil
        }
        labels = shape.labels.map { found in
            var labels = SandboxLabels.Labels()
            for (key, value) in found.values.sorted(by: { $0.key < $1.key }) {
                labels.take(key, value)
            }
            return labels
        }
    }

    private struct Shape: Decodable {
        var cpus: Amount?
        var vcpus: Amount?
        var memory: Amount?
        var resources: Resources?
        var labels: Labels?

        enum CodingKeys: String, CodingKey {
            case cpus, vcpus, resources, labels
            case memory = "memory_mib"
        }

        // What has another type than it should is absent; only what is no object at all is refused.
        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            cpus = try? members.decode(Amount.self, forKey: .cpus)
            vcpus = try? members.decode(Amount.self, forKey: .vcpus)
            memory = try? members.decode(Amount.self, forKey: .memory)
            resources = try? members.decode(Resources.self, forKey: .resources)
            labels = try? members.decode(Labels.self, forKey: .labels)
        }
    }

    private struct Resources: Decodable {
        var cpus: Amount?
        var vcpus: Amount?
        var memory: Amount?

        enum CodingKeys: String, CodingKey {
            case cpus, vcpus
            case memory = "memory_mib"
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            cpus = try? members.decode(Amount.self, forKey: .cpus)
            vcpus = try? members.decode(Amount.self, forKey: .vcpus)
            memory = try? members.decode(Amount.self, forKey: .memory)
        }
    }

    private struct Amount: Decodable {
        var value: Double

        init(from decoder: any Decoder) throws {
            value = try decoder.singleValueContainer().decode(Double.self)
        }
    }

    /// A map of names to texts; what is no text is passed over.
    private struct Labels: Decodable {
        var values: [String: String] = [:]

        private struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Key.self)
            for key in members.allKeys {
                values[key.stringValue] = try? members.decode(String.self, forKey: key)
            }
        }
    }
}
