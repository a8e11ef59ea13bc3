internal import CPlatform

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// An open shared-memory object: owns its descriptor.
struct SharedMemoryObject: ~Copyable, Sendable {
    enum Access {
        case readOnly
        case readWrite
        case createNew
    }

    let name: RegistryName
    let access: Access
    private let descriptor: Int32

    /// Opens or creates the object `name`. It is closed on exec, as `shm_open(3)` promises.
    init(_ name: RegistryName, _ access: Access) throws(RegistryError) {
        let flags =
            switch access {
            case .readOnly: O_RDONLY
            case .readWrite: O_RDWR
            case .createNew: O_RDWR | O_CREAT | O_EXCL
            }
        // The name's string lives for the call.
        let descriptor = unsafe cplatform_shm_open(name.value, flags, 0o600)
        let code = errno
        guard descriptor >= 0 else {
            throw switch code {
            case ENOENT: RegistryError(registry: name.value, reason: .notFound)
            case EACCES: RegistryError(registry: name.value, reason: .notPermitted)
            case EEXIST: RegistryError(registry: name.value, reason: .exists)
            default: RegistryError(name, "shm_open", code)
            }
        }
        self.name = name
        self.access = access
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// The object's length in bytes, which another process can change at any time.
    func size() throws(RegistryError) -> Int64 {
        Int64(try status().st_size)
    }

    /// Refuses an object that other users can change, or, for a writer, even see.
    ///
    /// Root may read any user's registry; it never writes one.
    func requireTrustworthyOwner() throws(RegistryError) {
        let status = try status()
        let (owner, mode) = (UInt32(status.st_uid), UInt32(status.st_mode) & 0o777)
        let user = geteuid()
        let isReader = access == .readOnly
        let isOwned = owner == user || (isReader && user == 0)
        guard isOwned, mode & (isReader ? 0o022 : 0o077) == 0 else {
            throw RegistryError(
                registry: name.value, reason: .notOwned(owner: owner, mode: mode))
        }
    }

    /// Gives a new object its length, filled with zeros.
    func allocate(_ size: Int) throws(RegistryError) {
        let code = cplatform_shm_allocate(descriptor, Int64(size))
        guard code == 0 else { throw RegistryError(name, "allocating memory", code) }
    }

    /// Maps the first `length` bytes; writable if the object is.
    func map(_ length: Int) throws(RegistryError) -> MappedRegion {
        let address = unsafe cplatform_map_shared(descriptor, length, access != .readOnly)
        let code = errno
        guard let address = unsafe address else { throw RegistryError(name, "mmap", code) }
        // Mapped just now, `length` bytes, and handed to its only owner.
        return unsafe MappedRegion(owning: address, length: length)
    }

    private func status() throws(RegistryError) -> stat {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw RegistryError(name, "fstat", errno)
        }
        return status
    }

    /// Removes the name; whoever has the object open keeps it.
    static func unlink(_ name: RegistryName) throws(RegistryError) {
        // The name's string lives for the call.
        guard unsafe shm_unlink(name.value) != 0 else { return }
        let code = errno
        throw code == ENOENT
            ? RegistryError(registry: name.value, reason: .notFound)
            : RegistryError(name, "shm_unlink", code)
    }
}

extension RegistryError {
    fileprivate init(_ name: RegistryName, _ call: String, _ code: Int32) {
        self.init(registry: name.value, reason: .system(call: call, code: code))
    }
}
