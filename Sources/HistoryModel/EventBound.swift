/// When something happened that was only seen in a count which had risen between two looks at it.
///
/// The event's time is that of the second look, and its detail ends with that of the first.
///
/// ```swift
/// let detail = EventBound.after(lastLook, "1 process was killed")
/// EventBound.notBefore(in: detail)  // lastLook
/// ```
public enum EventBound {
    /// How long before a run's end, in milliseconds, a count may have stood lower for its rise to be of
    /// the end: two looks at it, which are a second apart mostly.
    public static let nearEnd: Int64 = 2_000

    private static let words = ", not before "

    /// `text` with the time of the first look.
    public static func after(_ notBefore: Timestamp, _ text: String) -> String {
        text + words + notBefore.rfc3339
    }

    /// When the count was last seen to be lower; `nil` if `detail` does not say, as what earlier varves
    /// wrote.
    public static func notBefore(in detail: String) -> Timestamp? { parts(of: detail)?.notBefore }

    /// `detail` without the time of the first look.
    public static func text(of detail: String) -> String { parts(of: detail)?.text ?? detail }

    private static func parts(of detail: String) -> (text: String, notBefore: Timestamp)? {
        let mark = Array(words.utf8)
        let bytes = Array(detail.utf8)
        // From the end: the name of a cgroup may hold anything.
        guard bytes.count > mark.count,
            let start = (0...(bytes.count - mark.count)).last(where: {
                bytes[$0...].starts(with: mark)
            }),
            let notBefore = Timestamp(
                rfc3339: String(decoding: bytes[(start + mark.count)...], as: UTF8.self))
        else { return nil }
        return (String(decoding: bytes[..<start], as: UTF8.self), notBefore)
    }

    /// Whether what was seen to have happened after `notBefore` happened as a run ended at `end`.
    public static func isNear(_ end: Timestamp, notBefore: Timestamp) -> Bool {
        end.milliseconds(since: notBefore) <= nearEnd
    }
}
