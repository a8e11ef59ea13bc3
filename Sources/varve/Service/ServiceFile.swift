#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// The file that tells a service manager of the service.
struct ServiceFile {
    /// Where it lies.
    let path: String
    /// What a file of ours holds near its beginning.
    let mark: String

    /// Its text; `nil` if there is none.
    ///
    /// - Throws: ``ServiceError`` if what is there is not ours to replace or to remove.
    func text(for operation: ServiceError.Operation) throws(ServiceError) -> String? {
        var status = stat()
        // The path is NUL-terminated for the call, and `status` is written by it only.
        guard unsafe lstat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else {
                throw ServiceError(
                    operation, path, errorNumber: errno, advice: "look at its directory's rights")
            }
            return nil
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ServiceError(
                operation, path,
                "it is a symbolic link or no file, and stays as it is; move it away")
        }
        guard status.st_uid == geteuid() else {
            throw ServiceError(
                operation, path,
                "it belongs to another user (\(status.st_uid)), and stays as it is; "
                    + "move it away, or be that user")
        }
        let text = try read(for: operation)
        guard text.prefix(400).contains(mark) else {
            throw ServiceError(
                operation, path,
                "it was not made by varve record --install, and stays as it is; move it away")
        }
        return text
    }

    private func read(for operation: ServiceError.Operation) throws(ServiceError) -> String {
        // The path is NUL-terminated for the call; the descriptor is closed here and nowhere else.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw ServiceError(
                operation, path, errorNumber: errno, advice: "look at its rights, or move it away")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var used = 0
        while used < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                // The rest of the array, which has at least one byte.
                unsafe readBytes(
                    descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[used...]))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            used += count
        }
        return String(decoding: bytes[..<used], as: UTF8.self)
    }

    /// Puts `text` there, whole or not at all, and makes the directories that are missing.
    func write(_ text: String) throws(ServiceError) {
        let directory = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try makeDirectory(directory)
        var template = Array((directory + "/.varve-record.XXXXXX").utf8CString)
        // mkstemp overwrites the six characters in place; the template is NUL-terminated.
        let descriptor = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.map { unsafe mkstemp($0) } ?? -1
        }
        guard descriptor >= 0 else { throw failure(errno) }
        let temporary = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        var number = Self.write(Array(text.utf8), to: descriptor)
        // Managers warn of files that are executable or that anybody may write.
        if number == 0, fchmod(descriptor, 0o644) != 0 || fsync(descriptor) != 0 { number = errno }
        close(descriptor)
        // Both paths are NUL-terminated for the call.
        if number == 0, unsafe rename(temporary, path) != 0 { number = errno }
        guard number == 0 else {
            unsafe unlink(temporary)
            throw failure(number)
        }
    }

    /// Removes it.
    func remove() throws(ServiceError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else {
            throw ServiceError(
                .removing, path, errorNumber: errno, advice: "look at its directory's rights")
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                // The rest of the array, which has at least one byte.
                unsafe writeBytes(descriptor, UnsafeRawBufferPointer(rebasing: buffer[written...]))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            written += count
        }
        return 0
    }

    private func makeDirectory(_ directory: String) throws(ServiceError) {
        guard !directory.isEmpty else { return }
        // The path is NUL-terminated for each call.
        if unsafe mkdir(directory, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = directory.lastIndex(of: "/") else {
            throw failure(errno)
        }
        try makeDirectory(String(directory[..<slash]))
        guard unsafe mkdir(directory, 0o755) == 0 || errno == EEXIST else { throw failure(errno) }
    }

    private func failure(_ number: Int32) -> ServiceError {
        ServiceError(
            .placing, path, errorNumber: number, advice: "look at the rights of its directory")
    }
}

// Free functions, as a method called `read` or `write` hides the system's.
private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    unsafe read(descriptor, buffer.baseAddress, buffer.count)
}

private func writeBytes(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
    unsafe write(descriptor, buffer.baseAddress, buffer.count)
}
