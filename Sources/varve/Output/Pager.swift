internal import Supervisor

/// The program that shows a long table page by page.
struct Pager: Hashable, Sendable {
    /// Its words; a command that needs a shell is one for `sh -c`.
    let arguments: [String]
    /// What it has in its environment besides ours.
    let variable: String?

    /// The pager that is wished for: `$VARVE_PAGER`, else `$PAGER`, else `less`.
    ///
    /// - Returns: `nil` if that is empty or `cat`, which means none, and on a terminal that can do
    ///   nothing (`TERM` is `dumb` or not set).
    init?(environment: (String) -> String?) {
        guard let kind = environment("TERM"), !kind.isEmpty, kind != "dumb" else { return nil }
        let command = environment("VARVE_PAGER") ?? environment("PAGER") ?? "less"
        let words = command.split(whereSeparator: \.isWhitespace).map(String.init)
        guard !words.isEmpty, words != ["cat"] else { return nil }
        let needsShell = command.contains { "|&;<>()$`\\\"'*?[]#~=%!{}\n".contains($0) }
        arguments = needsShell ? ["/bin/sh", "-c", command] : words
        // As git sets it: end at once if all fits (F), show colours (R), leave the text there (X).
        variable = environment("LESS") == nil ? "LESS=FRX" : nil
    }

    /// Starts it.
    ///
    /// - Returns: `nil` if it cannot be started: then there is none.
    func start() -> ReaderProcess? {
        try? ReaderProcess(arguments, with: variable)
    }
}
