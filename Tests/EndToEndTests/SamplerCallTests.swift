import Foundation
import Testing

#if os(Linux)
    /// What the sampling thread does, seen from outside.
    @Suite(.serialized)
    struct SamplerCallTests {
        let stage: Stage

        init() throws { stage = try Stage() }

        private static let strace = "/usr/bin/strace"

        /// A sanitizer's runtime has calls of its own.
        private static var isSanitized: Bool {
            // Asks whether symbols are there, and does not use them.
            unsafe dlsym(nil, "__tsan_init") != nil || dlsym(nil, "__asan_init") != nil
        }

        private static let canTrace =
            FileManager.default.isExecutableFile(atPath: strace) && !isSanitized

        @Test(
            .enabled(if: canTrace, "needs /usr/bin/strace, and a build without sanitizers"),
            arguments: ["tree", "process"])
        func `the sampling thread only reads what processes used, and sleeps`(
            scope: String
        ) async throws {
            let end = try await stage.start(
                Self.strace,
                [
                    "-f", "-y", "-o", "trace", Built.varve, "run", "--no-record", "--scope", scope,
                    "--interval", "50ms", "--", "sleep", "1.5",
                ]
            ).finish()
            #expect(end.code == 0)
            let calls = stage.contents("trace").split(separator: "\n").compactMap(Call.init)
            // varve looks a process up on other threads, too; the one that reads on and on samples.
            let reads = calls.filter { $0.name == "pread64" && $0.text.contains("</proc/") }
            let readers = Dictionary(grouping: reads, by: \.thread)
            let thread = try #require(readers.max { $0.value.count < $1.value.count }?.key)
            let own = calls.filter { $0.thread == thread }
            let sleeps = own.indices.filter { own[$0].text.hasPrefix("ppoll(") }
            try #require(sleeps.count > 6)
            // Up to the third sample it may set up; after the last sleep it ends.
            let steady = own[sleeps[2]...sleeps[sleeps.count - 1]]
            #expect(steady.filter { $0.name == "pread64" }.count >= 4)
            let allowed: Set<String> = [
                "pread64", "openat", "read", "close", "lseek", "getdents64", "fstat", "newfstatat",
                "ppoll", "restart_syscall",
            ]
            let others = steady.filter { !allowed.contains($0.name) }
            #expect(others.map(\.text) == [])
            // The last read is of the pipe that tells it to end.
            let elsewhere = steady.filter { call in
                ["pread64", "read", "openat", "getdents64"].contains(call.name)
                    && !call.text.contains("</proc/") && !call.text.contains("\"/proc/")
            }
            #expect(elsewhere.map(\.text) == [])
            #expect(!stage.exists("history.db"))
        }

        /// A line of strace's file; the second half of an interrupted call is left out.
        private struct Call {
            let thread: Substring
            let text: Substring
            var name: String { String(text.prefix { $0 != "(" }) }

            init?(_ line: Substring) {
                guard let space = line.firstIndex(of: " ") else { return nil }
                thread = line[..<space]
                text = line[space...].drop { $0 == " " }
                guard !text.hasPrefix("<..."), !text.hasPrefix("+++"), !text.hasPrefix("---") else {
                    return nil
                }
            }
        }
    }
#endif
