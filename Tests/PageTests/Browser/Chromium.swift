import Foundation
import Testing

/// A headless Chromium that a test drives through two pipes, with a profile of its own.
///
/// The protocol is that of its developer tools: JSON messages, each ended by a zero byte, that the
/// browser reads from descriptor 3 and writes to descriptor 4 (`--remote-debugging-pipe`).
final class Chromium: @unchecked Sendable {
    /// What was said or went wrong in a page, and what it has asked for.
    struct Message {
        var method: String
        var parameters: [String: Any]
    }

    /// Where Debian and others put it, or what `CHROMIUM` names; `nil` if it is not there.
    static let path: String? = {
        let named = ProcessInfo.processInfo.environment["CHROMIUM"].map { [$0] } ?? []
        let usual = [
            "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        ]
        return (named + usual).first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Its profile, and the pages that a test has made; goes with it.
    let directory: String
    private let pid: pid_t
    private let input: Int32
    private let output: Int32
    private let errorsPath: String
    // Used by one test at a time.
    private var received: [UInt8] = []
    private var lastID = 0
    private var session: String?
    /// All messages since the last ``forgetMessages()`` that are no answer.
    private(set) var messages: [Message] = []

    init() throws {
        let path = try #require(Self.path, "no Chromium: Scripts/setup-tests.sh installs it")
        directory =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("varve-page-" + UUID().uuidString.prefix(13).lowercased())
            .resolvingSymlinksInPath().path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        errorsPath = directory + "/chromium.log"
        var toBrowser: [Int32] = [-1, -1]
        var fromBrowser: [Int32] = [-1, -1]
        // Both arrays have room for the two descriptors.
        try #require(unsafe pipe(&toBrowser) == 0)
        try #require(unsafe pipe(&fromBrowser) == 0)
        for end in toBrowser + fromBrowser { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var options = [
            "--headless", "--remote-debugging-pipe", "--user-data-dir=\(directory)/profile",
            "--no-first-run", "--no-default-browser-check", "--disable-gpu", "--disable-extensions",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb",
        ]
        // As root, and in most containers, it cannot make the sandbox that it wants to be in.
        if geteuid() == 0 || ProcessInfo.processInfo.environment["CI"] != nil {
            options.append("--no-sandbox")
        }
        // A pipe may have the number that the other one should get: each is first moved out of the way.
        let toShell = fcntl(toBrowser[0], F_DUPFD_CLOEXEC, 10)
        let fromShell = fcntl(fromBrowser[1], F_DUPFD_CLOEXEC, 10)
        close(toBrowser[0])
        close(fromBrowser[1])
        let words = [path] + options + ["about:blank"]
        (input, output) = (toBrowser[1], fromBrowser[0])
        pid = try Self.spawn(words, reads: toShell, writes: fromShell, errors: errorsPath)
    }

    private static func spawn(
        _ words: [String], reads: Int32, writes: Int32, errors: String
    ) throws -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        // Each ends with a zero and is freed at the end.
        let arguments = unsafe words.map { unsafe strdup($0) }
        let variables = unsafe ProcessInfo.processInfo.environment.map {
            unsafe strdup("\($0.key)=\($0.value)")
        }
        // Both are initialised before their first use and destroyed at the end.
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
            unsafe (arguments + variables).forEach { unsafe free($0) }
        }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_APPEND
        unsafe posix_spawn_file_actions_addopen(&actions, 1, errors, flags, 0o600)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        // A group of its own, so that all its processes can be ended together.
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        unsafe posix_spawn_file_actions_adddup2(&actions, reads, 3)
        unsafe posix_spawn_file_actions_adddup2(&actions, writes, 4)
        var child: pid_t = 0
        let result = unsafe posix_spawn(
            &child, words[0], &actions, &attributes, arguments + [nil], variables + [nil])
        close(reads)
        close(writes)
        try #require(result == 0, "cannot start \(words[0]): error \(result)")
        return child
    }

    deinit {
        close(input)
        close(output)
        kill(-pid, SIGKILL)
        var status: Int32 = 0
        // A child of this process that nobody else waits for.
        _ = unsafe waitpid(pid, &status, 0)
        try? FileManager.default.removeItem(atPath: directory)
    }

    // MARK: Messages

    /// Sends a command and waits for its answer.
    @discardableResult
    func send(
        _ method: String, _ parameters: [String: Any] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [String: Any] {
        lastID += 1
        var message: [String: Any] = ["id": lastID, "method": method, "params": parameters]
        if let session { message["sessionId"] = session }
        var bytes = [UInt8](try JSONSerialization.data(withJSONObject: message)) + [0]
        while !bytes.isEmpty {
            // The buffer is valid for the length of the call.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe write(input, $0.baseAddress, $0.count)
            }
            try #require(
                count > 0, "Chromium has gone: \(errors)", sourceLocation: sourceLocation)
            bytes.removeFirst(count)
        }
        while true {
            let answer = try nextMessage(sourceLocation)
            guard answer["id"] as? Int == lastID else {
                note(answer)
                continue
            }
            if let error = answer["error"] {
                Issue.record("\(method): \(error)", sourceLocation: sourceLocation)
            }
            return answer["result"] as? [String: Any] ?? [:]
        }
    }

    /// Waits until the browser says `method`.
    func wait(
        for method: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        while !messages.contains(where: { $0.method == method }) {
            note(try nextMessage(sourceLocation))
        }
    }

    func forgetMessages() { messages = [] }

    private func note(_ message: [String: Any]) {
        guard let method = message["method"] as? String else { return }
        messages.append(
            Message(method: method, parameters: message["params"] as? [String: Any] ?? [:]))
    }

    private var errors: String {
        String(decoding: FileManager.default.contents(atPath: errorsPath) ?? Data(), as: UTF8.self)
    }

    private func nextMessage(_ sourceLocation: SourceLocation) throws -> [String: Any] {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            if let end = received.firstIndex(of: 0) {
                let message = Data(received[..<end])
                received.removeSubrange(...end)
                return try JSONSerialization.jsonObject(with: message) as? [String: Any] ?? [:]
            }
            var request = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            // One descriptor, in a variable that outlives the call.
            let ready = unsafe poll(&request, 1, 120_000)
            if ready < 0, errno == EINTR { continue }
            try #require(
                ready == 1, "Chromium says nothing: \(errors)", sourceLocation: sourceLocation)
            // The buffer is valid for the length of the call.
            let count = unsafe piece.withUnsafeMutableBytes {
                unsafe read(output, $0.baseAddress, $0.count)
            }
            try #require(
                count > 0, "Chromium has gone: \(errors)", sourceLocation: sourceLocation)
            received += piece[..<count]
        }
    }

    // MARK: Pages

    /// Opens a page in a new tab whose messages are all listened to from the beginning.
    func open(
        _ markup: String, name: String, width: Int, scheme: String = "light",
        height: Int = 900, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> URL {
        let file = URL(fileURLWithPath: "\(directory)/\(name).html")
        try Data(markup.utf8).write(to: file)
        session = nil
        let target = try send("Target.createTarget", ["url": "about:blank"])
        let attached = try send(
            "Target.attachToTarget",
            ["targetId": target["targetId"] ?? "", "flatten": true])
        session = attached["sessionId"] as? String
        for domain in ["Page", "Runtime", "Log", "Network", "Audits"] {
            try send("\(domain).enable")
        }
        try send(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500])
        try media("screen", scheme: scheme)
        forgetMessages()
        try send("Page.navigate", ["url": file.absoluteString])
        try wait(for: "Page.loadEventFired", sourceLocation: sourceLocation)
        return file
    }

    func media(_ media: String, scheme: String) throws {
        try send(
            "Emulation.setEmulatedMedia",
            [
                "media": media,
                "features": [
                    ["name": "prefers-color-scheme", "value": scheme],
                    ["name": "prefers-reduced-motion", "value": "reduce"],
                ],
            ])
    }

    /// The value of a JavaScript expression in the page, once two frames have been drawn.
    func value(
        of expression: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Any? {
        let result = try send(
            "Runtime.evaluate",
            ["expression": expression, "returnByValue": true, "awaitPromise": true],
            sourceLocation: sourceLocation)
        #expect(
            result["exceptionDetails"] == nil, "\(expression): \(result)",
            sourceLocation: sourceLocation)
        return (result["result"] as? [String: Any])?["value"]
    }

    func number(
        of expression: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Double {
        let value = try value(of: expression, sourceLocation: sourceLocation)
        return try #require((value as? NSNumber)?.doubleValue, sourceLocation: sourceLocation)
    }

    func text(
        of expression: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let value = try value(of: expression, sourceLocation: sourceLocation)
        return try #require(value as? String, sourceLocation: sourceLocation)
    }

    /// What the page has asked for, or done, that a page of ours never may.
    func complaints(besides file: URL) -> [String] {
        messages.compactMap { message in
            switch message.method {
            case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded",
                "Audits.issueAdded", "Page.javascriptDialogOpening", "Network.loadingFailed":
                return "\(message.method): \(message.parameters)"
            case "Network.requestWillBeSent":
                let request = message.parameters["request"] as? [String: Any]
                let address = request?["url"] as? String ?? ""
                return address == file.absoluteString ? nil : "asks for \(address)"
            default: return nil
            }
        }
    }
}
