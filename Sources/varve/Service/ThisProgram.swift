internal import Supervisor

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// This program as it was started.
enum ThisProgram {
    /// The absolute path of its file, all links resolved.
    static func path() throws(ServiceError) -> String {
        #if canImport(Darwin)
            var size = UInt32(PATH_MAX)
            var buffer = [CChar](repeating: 0, count: Int(size))
            // The buffer has `size` bytes, and is NUL-terminated where 0 is returned.
            guard unsafe _NSGetExecutablePath(&buffer, &size) == 0,
                let resolved = unsafe realpath(buffer, nil)
            else { throw unknown(errno) }
            defer { unsafe free(resolved) }
            return unsafe String(cString: resolved)
        #else
            var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                // The array has room for what is asked for; it is not empty.
                guard let start = bytes.baseAddress else { return 0 }
                return unsafe readlink(
                    "/proc/self/exe", start.assumingMemoryBound(to: CChar.self), bytes.count)
            }
            guard count > 0 else { throw unknown(errno) }
            guard let path = String(validating: buffer[..<count], as: UTF8.self) else {
                throw notText(String(decoding: buffer[..<count], as: UTF8.self))
            }
            guard !path.hasSuffix(" (deleted)") else {
                throw ServiceError(
                    .findingProgram, path, "its file has been replaced or removed; start it anew")
            }
            return path
        #endif
    }

    /// What it was started with, without its own name.
    static func arguments() throws(ServiceError) -> [String] {
        var words: [String] = []
        for bytes in RawArguments.all.dropFirst() {
            guard let word = String(validating: bytes, as: UTF8.self) else {
                throw notText(String(decoding: bytes, as: UTF8.self))
            }
            words.append(word)
        }
        return words
    }

    /// The directory that relative paths start from.
    static func workingDirectory() throws(ServiceError) -> String {
        // With nil the system allocates what it returns, NUL-terminated, to be freed by the caller.
        guard let path = unsafe getcwd(nil, 0) else {
            throw ServiceError(
                .findingProgram, "", errorNumber: errno, advice: "go to a directory that exists")
        }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }

    private static func unknown(_ number: Int32) -> ServiceError {
        ServiceError(
            .findingProgram, "/proc/self/exe", errorNumber: number, advice: "is /proc mounted?")
    }

    private static func notText(_ text: String) -> ServiceError {
        ServiceError(
            .writingDefinition, text,
            "it is not UTF-8, and a service file holds nothing else; use another name")
    }
}
