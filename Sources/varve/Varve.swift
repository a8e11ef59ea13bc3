internal import ArgumentParser
internal import HistoryModel
internal import SlotRegistry
internal import Supervisor

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The command `varve`.
struct Varve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "varve",
        abstract: "A history recorder for sandbox runs.",
        discussion: """
            Runs a command as a sandbox run, keeps what it used and how it ended in one SQLite file, \
            and answers for it later.

            First minute:
              varve run --name build -- make -j4
              varve why build
              varve query runs
              varve query lifecycle build
              varve query series build --metric cpu,memory

            Exit codes: 0 done, 1 the store or the system failed, 3 no such run or sandbox, 4 nothing \
            in that window, 64 wrong usage; `varve run` ends with the code of its command, or 128 and \
            the number of the signal that killed it.
            """,
        version: "0.1.0",
        subcommands: [
            RunCommand.self, RecordCommand.self, PsCommand.self, TopCommand.self,
            QueryCommand.self, WhyCommand.self, CompareCommand.self, ReportCommand.self,
            BundleCommand.self, DatabaseCommand.self,
            ManualCommand.self,
        ])
}

/// Where the program starts.
@main
enum Main {
    static func main() {
        do {
            Registry.surviveTruncation()
            let arguments = RawArguments.all.dropFirst().map { String(decoding: $0, as: UTF8.self) }
            var command = try Varve.parseAsRoot(arguments)
            try command.run()
        } catch let code as ExitCode {
            // All is said. The parser would come to the same end, but puts a help text together first.
            exit(code.rawValue)
        } catch {
            // What went wrong while working is said as all of varve's sentences are; help, usage and
            // codes of their own are the parser's.
            let code = Varve.exitCode(for: error)
            guard !code.isSuccess else { Varve.exit(withError: error) }
            if code == .failure {
                Console.say("error: \(error)".escapedForDisplay)
            } else {
                // It quotes what was written on the command line, which may be a sandbox's name.
                let message = Varve.fullMessage(for: error)
                Console.write(message.escapedForDisplay(keeping: ["\n"]) + "\n")
            }
            exit(code.rawValue)
        }
    }
}
