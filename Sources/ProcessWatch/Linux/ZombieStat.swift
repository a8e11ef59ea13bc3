#if !canImport(Darwin)
    /// The end of a process's line in `/proc`.
    package enum ZombieStat {
        /// The wait status of a process that has died and was not waited for; `nil` if it lives, or
        /// the bytes are no such line.
        ///
        /// Source: `/proc/<pid>/stat` field 3 (state) and field 52 (exit_code), see
        /// `proc_pid_stat(5)`. A name may hold blanks and brackets: the last bracket ends it.
        package static func waitStatus(in bytes: [UInt8]) -> Int32? {
            guard let bracket = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
            let fields = bytes[(bracket + 1)...].split(whereSeparator: { $0 == 0x20 || $0 == 0x0a })
            guard fields.count >= 50 else { return nil }
            let state = fields[fields.startIndex]
            guard state.elementsEqual("Z".utf8) || state.elementsEqual("X".utf8) else { return nil }
            let status = fields[fields.startIndex + 49]
            guard let status = Int32(String(decoding: status, as: UTF8.self)) else { return nil }
            return (0...0xffff).contains(status) ? status : nil
        }
    }
#endif
