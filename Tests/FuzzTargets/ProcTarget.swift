internal import HistoryModel
internal import ProcessSampler
internal import ProcessWatch

extension FuzzTarget {
    /// Every text of `/proc`, of cgroups and of the kernel's log; the first byte says which.
    static let proc = FuzzTarget("proc", byteLimit: 4_096, shortRunCount: 20_000) { bytes in
        guard let first = bytes.first else { return .refused }
        let parser = parsers[Int(first) % parsers.count]
        do {
            return try parser(Array(bytes.dropFirst())) ? .understood : .refused
        } catch let error as ProcessSampleError {
            try Harmless.check(text: "\(error)", of: "a sampler's error")
            return .refused
        }
    }

    /// Whether the bytes say something.
    private static let parsers: [@Sendable ([UInt8]) throws -> Bool] = [
        { bytes in
            _ = try ProcStat.parse(bytes.span, of: 3852)
            return true
        },
        { bytes in
            _ = try ProcIO.parse(bytes.span, of: 3852)
            return true
        },
        { bytes in
            _ = try ProcNetDev.parse(bytes.span, of: 3852)
            return true
        },
        { bytes in
            var parser = PIDListParser()
            var list: ContiguousArray<Int32> = []
            // In two pieces, as a number may be cut.
            for piece in [bytes.prefix(bytes.count / 2), bytes.dropFirst(bytes.count / 2)] {
                parser.append(piece.span, to: &list, limit: 64)
            }
            parser.finish(&list, limit: 64)
            try require(list.count <= 64 && list.allSatisfy { $0 > 0 }, "no pids: \(list)")
            return !list.isEmpty
        },
        { bytes in
            var list: ContiguousArray<Int32> = []
            DirectoryEntries.appendNumbers(in: bytes.span, to: &list, limit: 64)
            try require(list.count <= 64 && list.allSatisfy { $0 > 0 }, "no pids: \(list)")
            return !list.isEmpty
        },
        { bytes in ZombieStat.waitStatus(in: bytes) != nil },
        { bytes in ResourceLimits(text: bytes) != nil },
        { bytes in
            guard let victim = KernelLogText.oomVictim(in: bytes) else { return false }
            try require(victim.pid > 0, "no pid: \(victim.pid)")
            return true
        },
        { bytes in
            let memberships = CgroupText.Controller.allCases
                .compactMap { CgroupText.membership(of: $0, in: bytes) }
            return !memberships.isEmpty
        },
        { bytes in
            // A text of mounts, and after a zero one of memberships.
            let parts = bytes.split(separator: 0, maxSplits: 1).map { Array($0) }
            guard parts.count == 2 else { return false }
            var isFound = false
            for controller in CgroupText.Controller.allCases {
                let mounts = CgroupText.mounts(of: controller, in: parts[0])
                guard let member = CgroupText.membership(of: controller, in: parts[1]) else {
                    continue
                }
                let directories = CgroupText.directories(of: member, in: mounts)
                try require((directories?.count ?? 0) <= 64, "too deep")
                isFound = isFound || directories != nil
            }
            return isFound
        },
        { bytes in CgroupText.memoryLimit(in: bytes) != .unknown },
        { bytes in CgroupText.cpuLimit(in: bytes) != .unknown },
        { bytes in
            let half = bytes.count / 2
            return CgroupText.cpuLimit(
                quota: Array(bytes[..<half]), period: Array(bytes[half...])) != .unknown
        },
        { bytes in
            let figures = [
                CgroupText.throttledNanoseconds(in: bytes), CgroupText.refusedForks(in: bytes),
                CgroupText.oomKills(in: bytes),
            ]
            return figures.contains { $0 != nil }
        },
    ]
}
