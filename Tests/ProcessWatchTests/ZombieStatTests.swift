#if os(Linux)
    import Testing

    @testable import ProcessWatch

    @Suite struct ZombieStatTests {
        private func line(name: String = "sleep", state: String = "Z", status: String) -> [UInt8] {
            let middle = Array(repeating: "0", count: 48).joined(separator: " ")
            return Array("123 (\(name)) \(state) \(middle) \(status)\n".utf8)
        }

        @Test("the last field of a dead process is its wait status, whatever its name is")
        func status() {
            #expect(ZombieStat.waitStatus(in: line(status: "139")) == 139)
            #expect(ZombieStat.waitStatus(in: line(state: "X", status: "1792")) == 1792)
            #expect(ZombieStat.waitStatus(in: line(name: "a) Z 1 (b", status: "9")) == 9)
        }

        @Test("a process that lives has none, nor has a line that makes no sense")
        func noStatus() {
            #expect(ZombieStat.waitStatus(in: line(state: "S", status: "139")) == nil)
            #expect(ZombieStat.waitStatus(in: line(status: "65536")) == nil)
            #expect(ZombieStat.waitStatus(in: line(status: "-1")) == nil)
            #expect(ZombieStat.waitStatus(in: line(status: "x")) == nil)
            #expect(ZombieStat.waitStatus(in: line(status: "")) == nil)
            #expect(ZombieStat.waitStatus(in: []) == nil)
            #expect(ZombieStat.waitStatus(in: Array("1 (a)".utf8)) == nil)
        }

        @Test("no bytes make the parser trap", arguments: [11, 12, 13] as [UInt64])
        func hostileBytes(seed: UInt64) {
            var random = SeededRandom(seed: seed)
            var understood = 0
            for round in 0..<3000 {
                let text =
                    round % 2 == 0
                    ? random.damaged(line(status: "139"))
                    : random.bytes(of: "0123456789 () Z\n", atMost: 300)
                if ZombieStat.waitStatus(in: text) != nil { understood += 1 }
            }
            #expect(understood > 100, "seed \(seed)")
        }
    }
#endif
