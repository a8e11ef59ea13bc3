/// What an error of a catalog says, in the one form that people know.
public enum ClearSentence {
    private static let advice = [
        "another process is using it, try again in a moment",
        "free some space on its file system",
        "check that you may write the file and its directory",
        "check that the path is right and that you may access it",
        "raise the limit of open files (ulimit -n)",
        "restore a backup, or salvage what is left with sqlite3's .recover",
        "check the disk and its file system",
    ]

    /// Whether `sentence` says what failed, on what, why, and what to do.
    public static func isClear(_ sentence: String) -> Bool {
        guard !sentence.contains("\n"),
            sentence.wholeMatch(of: #/(cannot [a-z ]+|step \d+ .*) DIR/[^:]+: [^;]+; .+/#) != nil
        else { return false }
        return advice.contains {
            sentence.hasSuffix("; \($0)") || sentence.hasSuffix("; nothing was changed: \($0)")
        }
    }
}
