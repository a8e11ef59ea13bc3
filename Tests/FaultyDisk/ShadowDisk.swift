/// What a disk holds for certain, and what only the system's memory does: from the changes that were made
/// to the files of one directory.
///
/// A write, a truncation, and the length that they give are certain once their file was synced; that a
/// file is there, or no longer, once its directory was. So the kernel promises, and no more.
public struct ShadowDisk {
    private struct File {
        var certain: [UInt8] = []
        var pending: [DiskChange.Kind] = []
    }

    private var files: [Int: File] = [:]
    private var names: [String: Int] = [:]
    private var certainNames: [String: Int] = [:]
    private var nextFile = 0

    /// What is lost with everything that is not certain.
    public enum Loss: Hashable, Sendable {
        /// Nothing: the process died, and the system did not.
        case nothing
        /// All of it: the power went.
        case everything
        /// Some of it, by sectors of `size` bytes. Where it `spoils`, a sector that was on its way may
        /// hold anything.
        case some(sector: Int, spoils: Bool)
    }

    /// A disk with these files, all of them certain.
    public init(_ contents: [String: [UInt8]]) {
        for (name, bytes) in contents {
            names[name] = nextFile
            files[nextFile] = File(certain: bytes)
            nextFile += 1
        }
        certainNames = names
    }

    /// Whether something is not certain.
    public var isPending: Bool {
        names != certainNames || names.values.contains { files[$0]?.pending.isEmpty == false }
    }

    /// What of the file of this name is certain, wherever its name is.
    public func certainBytes(of name: String) -> [UInt8]? {
        names[name].flatMap { files[$0]?.certain }
    }

    /// Takes what was done.
    public mutating func apply(_ change: DiskChange) {
        let name = change.file
        switch change.kind {
        case .created:
            if names[name] == nil { make(name) }
        case .wrote, .truncated:
            if names[name] == nil { make(name) }
            if let file = names[name] { files[file]?.pending.append(change.kind) }
        case .synced(let withDirectory):
            if let file = names[name], let now = files[file] {
                files[file] = File(certain: now.pending.reduce(into: now.certain, Self.apply))
            }
            if withDirectory { certainNames = names }
        case .deleted(let withDirectory):
            names[name] = nil
            if withDirectory { certainNames = names }
        }
    }

    private mutating func make(_ name: String) {
        names[name] = nextFile
        files[nextFile] = File()
        nextFile += 1
    }

    /// The files that are there after `loss`.
    public func image(
        after loss: Loss, using random: inout some RandomNumberGenerator
    ) -> [String: [UInt8]] {
        switch loss {
        case .nothing:
            return names.compactMapValues { files[$0] }.mapValues {
                $0.pending.reduce(into: $0.certain, Self.apply)
            }
        case .everything:
            return certainNames.compactMapValues { files[$0]?.certain }
        case .some(let sector, let spoils):
            var image: [String: [UInt8]] = [:]
            // How much the disk had got done differs.
            let chance = [10, 50, 90].randomElement(using: &random) ?? 50
            for name in Set(names.keys).union(certainNames.keys).sorted() {
                let id = Bool.random(using: &random) ? names[name] : certainNames[name]
                guard let id, let file = files[id] else { continue }
                var bytes = file.certain
                for change in file.pending {
                    Self.apply(
                        change, to: &bytes, sector: sector, chance: chance, spoils: spoils,
                        using: &random)
                }
                image[name] = bytes
            }
            return image
        }
    }

    private static func apply(_ bytes: inout [UInt8], _ change: DiskChange.Kind) {
        switch change {
        case .wrote(let offset, let new): put(new[...], at: offset, in: &bytes)
        case .truncated(let size): resize(&bytes, to: size)
        case .created, .synced, .deleted: break
        }
    }

    /// Applies a part of `change`.
    private static func apply(
        _ change: DiskChange.Kind, to bytes: inout [UInt8], sector: Int, chance: Int,
        spoils: Bool, using random: inout some RandomNumberGenerator
    ) {
        switch change {
        case .wrote(let offset, let new):
            var start = 0
            while start < new.count {
                let end = min(new.count, ((offset + start) / sector + 1) * sector - offset)
                let part = new[start..<end]
                start = end
                let draw = Int.random(in: 0..<100, using: &random)
                if spoils, draw == chance {
                    let noise = part.map { _ in UInt8.random(in: 0...255, using: &random) }
                    put(noise[...], at: offset + part.startIndex, in: &bytes)
                } else if draw < chance {
                    put(part, at: offset + part.startIndex, in: &bytes)
                }
            }
        case .truncated(let size):
            if Int.random(in: 0..<100, using: &random) < chance { resize(&bytes, to: size) }
        case .created, .synced, .deleted: break
        }
    }

    private static func put(_ new: ArraySlice<UInt8>, at offset: Int, in bytes: inout [UInt8]) {
        if bytes.count < offset + new.count { resize(&bytes, to: offset + new.count) }
        bytes.replaceSubrange(offset..<offset + new.count, with: new)
    }

    private static func resize(_ bytes: inout [UInt8], to size: Int) {
        if bytes.count > size {
            bytes.removeLast(bytes.count - size)
        } else {
            bytes += repeatElement(0, count: size - bytes.count)
        }
    }
}
