import HistoryModel

/// What an exit code mostly means. Programs may mean what they like by it, so that it is a hint only.
struct ExitCodeMeaning {
    /// What goes on after `exit code N`.
    let explanation: String
    /// What to do.
    let advice: String?

    /// - Returns: `nil` of a code that has no usual meaning.
    init?(of code: Int32) {
        switch code {
        case 2:
            explanation = ", by which many programs mean that they were called wrongly"
            advice = nil
        // timeout(1)
        case 124:
            explanation = ", as timeout(1) does when its time is over"
            advice = nil
        case 125:
            explanation = ", as container runtimes and timeout(1) do when they fail themselves"
            advice = nil
        // POSIX, Shell Command Language, 2.8.2
        case 126:
            explanation = ", as shells do when a command cannot be executed"
            advice = "Look at the permissions and the first line of what it should have run."
        case 127:
            explanation = ", as shells do when there is no such command"
            advice = "Look whether what it should run is there, in its PATH, with its libraries."
        // sysexits.h, as far as anybody uses it
        case 64:
            explanation = ", by which some programs mean wrong usage (EX_USAGE)"
            advice = nil
        case 75:
            explanation = ", by which some programs mean: try again later (EX_TEMPFAIL)"
            advice = nil
        case 255:
            explanation = ", which is also what -1 becomes, and ssh(1) ends with if it fails"
            advice = nil
        case 129...192:
            let name = SignalName.name(of: code - 128)
            explanation =
                ", as shells do when what they ran was killed by \(name)"
                + (name == "SIGKILL" ? "; that is no proof of the OOM killer" : "")
            advice = "Look for what it ran: the signal went to that, not to the command itself."
        default: return nil
        }
    }
}
