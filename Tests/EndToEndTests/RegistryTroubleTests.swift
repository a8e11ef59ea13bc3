import Foundation
import Testing

#if os(Linux)
    /// Whatever becomes of the registry, the command runs, and how it ended is recorded.
    @Suite(.serialized)
    struct RegistryTroubleTests {
        let stage: Stage

        init() throws { stage = try Stage() }

        private var object: String { "/dev/shm" + stage.registry }

        @Test func `a registry cut short under a run ends its samples, not the run`() async throws {
            let end = try await stage.varve(
                "run", "--interval", "20ms", "--row-interval", "100ms", "--", "sh", "-c",
                """
                i=0
                while [ $i -lt 100 ] && ! [ -s cut ]; do
                    sleep 0.02; i=$((i + 1))
                    if [ $i = 10 ]; then truncate -s 0 \(object); fi
                    if [ $i = 40 ]; then echo yes >cut; fi
                done
                exit 5
                """)
            #expect(end.code == 5)
            #expect(stage.exists("cut"))
            #expect(end.errors.contains("the run's slot cannot be read, its samples are lost: "))
            let run = try await stage.onlyRun()
            #expect(run["exit_code"] == 5)
            #expect(run["exit_known_by"] == "waited")
            #expect(try #require(run["sample_count"].integer) > 0)
        }

        @Test func `a registry that is none costs a warning and the samples, and no time`()
            async throws
        {
            for contents in [Data(), Data(repeating: 0x5a, count: 4096)] {
                try contents.write(to: URL(fileURLWithPath: object))
                #expect(unsafe chmod(object, 0o600) == 0)
                let end = try await stage.varve("run", "--", "sh", "-c", "exit 6")
                #expect(end.code == 6)
                #expect(end.milliseconds < 20_000)
                #expect(
                    end.errors.hasPrefix(
                        "varve: warning: the run goes on without samples: registry "
                            + stage.registry))
                #expect(try Data(contentsOf: URL(fileURLWithPath: object)) == contents)
            }
            let runs = try await stage.runs()
            #expect(runs.map { $0["exit_code"] } == [6, 6])
            #expect(runs.map { $0["status"] } == ["Terminated", "Terminated"])
        }
    }
#endif
