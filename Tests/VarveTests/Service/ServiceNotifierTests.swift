import Foundation
import Testing

@testable import varve

#if canImport(Darwin)
    private let datagram = SOCK_DGRAM
    private let dontWait = MSG_DONTWAIT
#elseif canImport(Glibc)
    import Glibc
    private let datagram = Int32(SOCK_DGRAM.rawValue)
    private let dontWait = Int32(MSG_DONTWAIT)
#endif

/// The service manager's end of the socket.
private final class ManagerSocket {
    let name: String
    private let descriptor: Int32
    private let path: String?

    init(isAbstract: Bool) throws {
        let unique = "varve-notify-" + UUID().uuidString.prefix(13)
        name =
            isAbstract ? "@" + unique : FileManager.default.temporaryDirectory.path + "/" + unique
        path = isAbstract ? nil : name
        descriptor = socket(AF_UNIX, datagram, 0)
        try #require(descriptor >= 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(name.utf8)
        // The name is far shorter than the field, which begins with zeros.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
            for (index, byte) in bytes.enumerated() {
                unsafe field[index] = index == 0 && isAbstract ? 0 : byte
            }
        }
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        let length = socklen_t(offset + bytes.count + (isAbstract ? 0 : 1))
        // The address is valid for the length of the call.
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, length)
            }
        }
        try #require(result == 0)
    }

    deinit {
        close(descriptor)
        if let path { try? FileManager.default.removeItem(atPath: path) }
    }

    /// What has arrived, in order; nothing is waited for, as a datagram is there once it is sent.
    func received() -> [String] {
        var messages: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            // The array has room for what is asked for.
            let count = unsafe recv(
                descriptor, &buffer, buffer.count, dontWait)
            guard count >= 0 else { return messages }
            messages.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
    }
}

@Suite("Telling the service manager")
struct ServiceNotifierTests {
    #if canImport(Darwin)
        private static let kinds = [false]
    #else
        private static let kinds = [false, true]
    #endif

    @Test("it hears of readiness, status and the end, one message each", arguments: kinds)
    func messages(isAbstract: Bool) throws {
        let socket = try ManagerSocket(isAbstract: isAbstract)
        let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": socket.name])
        #expect(notifier.isConnected)
        notifier.ready(status: "recording /r\nMAINPID=1")
        notifier.status("3 runs")
        notifier.alive()
        notifier.stopping()
        #expect(
            socket.received() == [
                "READY=1\nSTATUS=recording /r\\nMAINPID=1", "STATUS=3 runs", "STOPPING=1",
            ])
    }

    @Test("signs of life go out once in half of the time that the manager grants")
    func watchdog() throws {
        let socket = try ManagerSocket(isAbstract: false)
        let notifier = ServiceNotifier(
            environment: [
                "NOTIFY_SOCKET": socket.name, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "77",
            ], pid: 77)
        #expect(notifier.watchdogInterval == .seconds(15))
        let start = ContinuousClock.now
        var sent: [Int] = []
        for second in 0..<60 {
            notifier.alive(now: start + .seconds(second))
            if socket.received() == ["WATCHDOG=1"] { sent.append(second) }
        }
        #expect(sent == [0, 15, 30, 45])
    }

    @Test(
        "a watchdog that is not meant for this process, or is none, gets no sign",
        arguments: [
            ["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "78"], ["WATCHDOG_USEC": "0"],
            ["WATCHDOG_USEC": "-5"], ["WATCHDOG_USEC": "99999999999999999999"],
            ["WATCHDOG_USEC": "x"], [:],
        ])
    func noWatchdog(environment: [String: String]) throws {
        let socket = try ManagerSocket(isAbstract: false)
        let notifier = ServiceNotifier(
            environment: environment.merging(["NOTIFY_SOCKET": socket.name]) { own, _ in own },
            pid: 77)
        notifier.alive()
        notifier.status("here")
        #expect(socket.received() == ["STATUS=here"])
    }

    @Test(
        "without a manager that listens nothing happens, and nothing fails",
        arguments: [
            nil, "", "@", "/", "relative", "/no/such/socket", "@varve-nobody-listens",
            "/" + String(repeating: "x", count: 300), "/dev/null",
        ])
    func nobody(name: String?) {
        var environment = ["WATCHDOG_USEC": "1000"]
        environment["NOTIFY_SOCKET"] = name
        let notifier = ServiceNotifier(environment: environment)
        notifier.ready(status: "x")
        notifier.alive()
        notifier.stopping()
    }

    @Test("a manager that does not read is not waited for", .timeLimit(.minutes(1)))
    func fullSocket() throws {
        let socket = try ManagerSocket(isAbstract: false)
        let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": socket.name])
        for number in 0..<5000 { notifier.status("\(number)") }
        let heard = socket.received()
        #expect(heard.first == "STATUS=0")
        #expect(heard.count < 5000)
    }
}
