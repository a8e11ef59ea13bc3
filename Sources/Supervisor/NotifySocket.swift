internal import CPlatform

/// The socket at which a service manager listens, as `NOTIFY_SOCKET` names it, see `sd_notify(3)`.
public struct NotifySocket: Hashable, Sendable {
    private let name: [UInt8]

    /// The socket called `name`: an absolute path, or on Linux `@` and an abstract name.
    ///
    /// - Returns: `nil` if no socket can be called that.
    public init?(_ name: String) {
        guard name.utf8.count > 1, name.hasPrefix("/") || name.hasPrefix("@") else { return nil }
        self.name = Array(name.utf8)
    }

    /// Sends `message` if it can be sent at once.
    ///
    /// - Returns: Whether it was; a manager that does not listen misses it.
    @discardableResult
    public func send(_ message: String) -> Bool {
        let bytes = Array(message.utf8)
        // Both arrays are valid for the length of the call, which keeps neither.
        return unsafe name.withUnsafeBufferPointer { name in
            unsafe bytes.withUnsafeBufferPointer { text in
                guard let start = name.baseAddress, let first = text.baseAddress else {
                    return false
                }
                return unsafe cplatform_send_datagram(start, name.count, first, text.count) == 0
            }
        }
    }
}
