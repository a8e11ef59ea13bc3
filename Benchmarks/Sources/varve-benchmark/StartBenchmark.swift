internal import Floors
internal import Foundation
internal import SlotRegistry

/// How long the command takes to start, and what it adds to a program that it runs: whole processes, by the
/// clock.
struct StartBenchmark {
    private let varve: String
    private let times: Int
    private let report: Report

    init(_ options: Options) throws {
        varve = options.text("varve") ?? ""
        times = try options.number("times", or: 50)
        report = Report(options)
    }

    func run() throws {
        guard FileManager.default.isExecutableFile(atPath: varve) else {
            throw BenchmarkError("no program at '\(varve)': build varve and give it with --varve")
        }
        let program = try Self.first(["/bin/true", "/usr/bin/true"])
        let scratch = try Scratch()
        // The command's registry and settings are those of a home of its own.
        // One thread, nobody reads the environment meanwhile.
        unsafe setenv("HOME", scratch.path, 1)
        let registry = try RegistryName("/varve-b-\(UUID().uuidString.prefix(18))")
        unsafe setenv("VARVE_REGISTRY", registry.value, 1)
        defer { try? Registry.unlink(registry) }
        var bare: [UInt64] = []
        var version: [UInt64] = []
        var run: [UInt64] = []
        print("starting three programs \(times) times …")
        for _ in 0..<times {
            bare.append(try Self.time([program]))
            version.append(try Self.time([varve, "--version"]))
            run.append(
                try Self.time([
                    varve, "run", "--db", scratch.file("history.db"), "--",
                    program,
                ]))
        }
        var table = Table(["what", "median", "quickest", "beyond the bare program", "times"])
        for (what, taken) in [
            ("\(program), fork and exec in C", bare), ("varve --version", version),
            ("varve run -- \(program)", run),
        ] {
            let beyond = zip(taken, bare).map { Double($0) - Double($1) }
            table.add([
                what, Text.time(Double(taken.median ?? 0)), Text.time(Double(taken.min() ?? 0)),
                what.hasPrefix("varve") ? Text.time(beyond.median ?? 0) : "", "\(taken.count)",
            ])
        }
        table.print()
        let start = Double(version.median ?? 0)
        try report.add(
            "varve --version, start to end", Text.time(start), wanted: "≤ 15 ms",
            isMet: start <= 15_000_000)
        let added = zip(run, bare).map { Double($0) - Double($1) }.median ?? 0
        try report.add(
            "varve run -- true, beyond true alone", Text.time(added), wanted: "≤ 10 ms",
            isMet: added <= 10_000_000)
    }

    private static func first(_ paths: [String]) throws -> String {
        guard let path = paths.first(where: FileManager.default.isExecutableFile) else {
            throw BenchmarkError("no program 'true'")
        }
        return path
    }

    private static func time(_ arguments: [String]) throws -> UInt64 {
        var words: [UnsafePointer<CChar>?] = unsafe arguments.map {
            unsafe UnsafePointer(strdup($0))
        }
        // Copied just now; nobody has them but the call.
        defer { unsafe words.forEach { unsafe free(UnsafeMutableRawPointer(mutating: $0)) } }
        unsafe words.append(nil)
        let taken = unsafe floor_run(words)
        guard taken >= 0 else {
            throw BenchmarkError("'\(arguments.joined(separator: " "))' failed")
        }
        return UInt64(taken)
    }
}
