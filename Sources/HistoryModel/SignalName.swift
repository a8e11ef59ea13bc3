#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The names of this platform's signals.
///
/// ```swift
/// SignalName.name(of: 9)         // "SIGKILL"
/// SignalName.number(of: "term")  // 15
/// ```
public enum SignalName {
    /// `SIGKILL`, `SIGRTMIN+3`; a number that has no name here is `signal 77`.
    public static func name(of number: Int32) -> String {
        if let name = names[number] { return name }
        #if !canImport(Darwin)
            if realTime.contains(number) {
                let offset = number - realTime.lowerBound
                return offset == 0 ? "SIGRTMIN" : "SIGRTMIN+\(offset)"
            }
        #endif
        return "signal \(number)"
    }

    /// The number of a name as ``name(of:)`` writes it; upper or lower case, with or without `SIG`.
    ///
    /// `nil` if it is no name of this platform.
    public static func number(of name: String) -> Int32? {
        let upper = name.uppercased()
        if upper.hasPrefix("SIGNAL ") { return Int32(upper.dropFirst(7)) }
        let full = upper.hasPrefix("SIG") ? upper : "SIG" + upper
        if let number = numbers[full] { return number }
        #if !canImport(Darwin)
            if full == "SIGRTMIN" { return realTime.lowerBound }
            if full.hasPrefix("SIGRTMIN+"), let offset = Int32(full.dropFirst(9)),
                offset >= 0, offset < realTime.count
            {
                return realTime.lowerBound + offset
            }
        #endif
        return nil
    }

    #if !canImport(Darwin)
        // The C library keeps the kernel's first ones for itself: 34 with glibc, 35 with musl.
        private static let realTime = __libc_current_sigrtmin()...__libc_current_sigrtmax()
    #endif

    private static let numbers = Dictionary(uniqueKeysWithValues: names.map { ($1, $0) })

    private static let names: [Int32: String] = {
        var names: [Int32: String] = [
            SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL",
            SIGTRAP: "SIGTRAP", SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE",
            SIGKILL: "SIGKILL", SIGUSR1: "SIGUSR1", SIGSEGV: "SIGSEGV", SIGUSR2: "SIGUSR2",
            SIGPIPE: "SIGPIPE", SIGALRM: "SIGALRM", SIGTERM: "SIGTERM", SIGCHLD: "SIGCHLD",
            SIGCONT: "SIGCONT", SIGSTOP: "SIGSTOP", SIGTSTP: "SIGTSTP", SIGTTIN: "SIGTTIN",
            SIGTTOU: "SIGTTOU", SIGURG: "SIGURG", SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ",
            SIGVTALRM: "SIGVTALRM", SIGPROF: "SIGPROF", SIGWINCH: "SIGWINCH", SIGIO: "SIGIO",
            SIGSYS: "SIGSYS",
        ]
        #if canImport(Darwin)
            // Darwin twin, not built here.
            names[SIGEMT] = "SIGEMT"
            names[SIGINFO] = "SIGINFO"
        #else
            names[SIGSTKFLT] = "SIGSTKFLT"
            names[SIGPWR] = "SIGPWR"
        #endif
        return names
    }()
}
