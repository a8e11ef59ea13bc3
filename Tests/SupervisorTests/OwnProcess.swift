import Foundation
import Supervisor

/// What a test says that runs in a process of its own, as those here do: signal masks, subreapers and
/// waiting for any child belong to a whole process.
///
/// A failed check ends the process with a line number as its last word.
func check(_ isTrue: Bool, _ what: @autoclosure () -> String = "", line: Int = #line) {
    guard !isTrue else { return }
    FileHandle.standardError.write(Data("line \(line): \(what())\n".utf8))
    exit(1)
}

func bytes(_ words: [String]) -> [[UInt8]] { words.map { Array($0.utf8) } }

/// A directory of one test's own.
struct Scratch {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "/varve-supervisor-\(UUID().uuidString)"
        // What fails here fails the test at its first file.
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func file(_ name: String) -> String { path + "/" + name }

    func text(_ name: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file(name)) ?? Data(), as: UTF8.self)
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    func write(_ text: String, to name: String, mode: Int) {
        _ = FileManager.default.createFile(
            atPath: file(name), contents: Data(text.utf8), attributes: [.posixPermissions: mode])
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// Runs a shell's script to its end.
func shell(
    _ script: String, _ arguments: [String] = [], gate: borrowing SignalGate
) -> EndedProcess? {
    do {
        let words = ["sh", "-c", script, "sh"] + arguments
        let command = try GatedCommand(bytes(words), mask: gate.inheritedMask)
        let pid = command.pid
        try command.open()
        return Children.reap(pid)
    } catch {
        check(false, "\(error)")
        return nil
    }
}

/// Why `words` could not be started; its process is reaped.
func refusal(of words: [[UInt8]], gate: borrowing SignalGate) throws -> SpawnError? {
    let command = try GatedCommand(words, mask: gate.inheritedMask)
    let pid = command.pid
    var refusal: SpawnError?
    do {
        try command.open()
    } catch {
        refusal = error
    }
    check(Children.reap(pid)?.exitCode == refusal?.exitCode)
    return refusal
}

/// Puts the file `path` in the place of `descriptor`.
func redirect(_ descriptor: Int32, to path: String, _ flags: Int32) {
    let file = unsafe open(path, flags, 0o600)
    check(file >= 0 && dup2(file, descriptor) == descriptor)
    close(file)
}

/// The line of `/proc/self/status` that begins with `key`.
func status(_ key: String, in text: String) -> String? {
    text.split(separator: "\n").first { $0.hasPrefix(key + ":") }
        .map { $0.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces) }
}

#if os(Linux)
    /// The descriptors of this process but for the one that lists them.
    func openDescriptors() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.filter {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0))
                != nil
        }.sorted()
    }

    /// The pipes that this process has an end of.
    func pipes() -> Set<String> {
        Set(
            openDescriptors().compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0)
            }.filter { $0.hasPrefix("pipe:") })
    }
#endif
