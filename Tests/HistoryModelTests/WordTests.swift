import HistoryModel
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("Words of the catalog and of the platform")
struct WordTests {
    @Test("reasons are microsandbox's words, and an unknown one is kept")
    func reasons() {
        #expect(
            TerminationReason.known.map(\.rawValue) == [
                "Completed", "Failed", "MaxDurationExceeded", "IdleTimeout", "DrainRequested",
                "ShutdownRequested", "AgentUnresponsive", "Signal", "InternalError",
            ])
        #expect(TerminationReason(rawValue: "Failed") == .failed)
        #expect(TerminationReason(rawValue: "Hibernated").rawValue == "Hibernated")
    }

    @Test("status and knowledge have the catalog's words")
    func closedSets() {
        #expect(RunStatus.allCases.map(\.rawValue) == ["Running", "Terminated"])
        #expect(
            ExitKnowledge.allCases.map(\.rawValue)
                == ["waited", "pidfd", "catalog", "inferred", "unknown"])
    }

    @Test(
        "a signal has its name",
        arguments: [
            (1, "SIGHUP"), (9, "SIGKILL"), (11, "SIGSEGV"), (15, "SIGTERM"), (31, "SIGSYS"),
            (0, "signal 0"), (77, "signal 77"), (-5, "signal -5"), (.min, "signal -2147483648"),
        ] as [(Int32, String)])
    func signalNames(number: Int32, name: String) {
        #expect(SignalName.name(of: number) == name)
        #expect(SignalName.number(of: name) == number)
    }

    @Test("every signal from 1 to 31 has a name, and every number survives its name")
    func signalRoundTrip() {
        for number in Int32(-3)...130 {
            let name = SignalName.name(of: number)
            #expect(name.hasPrefix("SIG") || !(1...31).contains(number))
            #expect(SignalName.number(of: name) == number)
        }
    }

    @Test("real-time signals count from the C library's first")
    func realTimeSignals() {
        let first = __libc_current_sigrtmin()
        let last = __libc_current_sigrtmax()
        #expect(SignalName.name(of: first) == "SIGRTMIN")
        #expect(SignalName.name(of: first + 3) == "SIGRTMIN+3")
        #expect(SignalName.name(of: last) == "SIGRTMIN+\(last - first)")
        #expect(SignalName.name(of: first - 1) == "signal \(first - 1)")
        #expect(SignalName.number(of: "rtmin+3") == first + 3)
        #expect(SignalName.number(of: "SIGRTMIN+\(last - first + 1)") == nil)
    }

    @Test(
        "names are read with or without SIG, in any case",
        arguments: ["SIGTERM", "TERM", "sigterm"])
    func signalNumbers(name: String) {
        #expect(SignalName.number(of: name) == 15)
    }

    @Test(
        "what is no signal has no number",
        arguments: [
            "", "SIG", "SIGNAL", "signal x", "9", "SIGFOO", "RTMIN+", "RTMIN+-1",
            "RTMIN+9999999999",
        ])
    func noSignal(name: String) {
        #expect(SignalName.number(of: name) == nil)
    }
}
