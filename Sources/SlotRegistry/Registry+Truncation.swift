internal import CPlatform

extension Registry {
    /// Makes this process survive a registry that somebody cuts short while it is mapped, which would
    /// otherwise end it by SIGBUS: what is written to the missing part is lost, what is read there is
    /// zero.
    ///
    /// It installs a handler for SIGBUS, of the whole process, that cares for registries alone and
    /// leaves every other fault what it was. A program decides that; a library must not.
    ///
    /// - Returns: Whether the system granted it.
    @discardableResult
    public static func surviveTruncation() -> Bool {
        cplatform_survive_truncation()
    }
}
