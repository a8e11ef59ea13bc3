internal import HistoryModel

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

extension RegistryError: CustomStringConvertible {
    /// What failed, on what, why, and what to do, in one sentence or two.
    public var description: String {
        switch reason {
        case .exists:
            "cannot create registry \(registry): it exists already; open it instead"
        case .notFound:
            "cannot open registry \(registry): there is none of that name; "
                + "start the program that creates it"
        case .full(let capacity):
            "cannot reserve a slot in registry \(registry): all \(capacity) slots are in use; "
                + "wait for a run to end"
        case .generationMismatch(let slot, let expected, let actual):
            "slot \(slot) of registry \(registry) belongs to somebody else now: "
                + "its generation is \(actual), not \(expected); stop writing to it"
        case .slotBusy(let slot):
            "cannot enter slot \(slot) of registry \(registry): another program is writing it; "
                + "try again"
        case .nameTooLong(let byteCount):
            "cannot reserve a slot in registry \(registry): the sandbox's name has \(byteCount) "
                + "bytes; use at most \(SlotName.maximumByteCount)"
        case .badName:
            "\"\(Self.escaped(registry))\" cannot name a registry; use a slash and then at most "
                + "\(RegistryName.maximumByteCount - 1) bytes without another slash"
        case .badCapacity(let capacity):
            "cannot create registry \(registry) with \(capacity) slots; "
                + "use \(RegistryHeader.capacities.lowerBound) to "
                + "\(RegistryHeader.capacities.upperBound)"
        case .badHeader(let field, let found, let wanted):
            "\(registry) is no registry that can be used: its \(field.rawValue) is "
                + "\(Self.value(found, of: field)), not \(Self.range(wanted, of: field)); "
                + "choose another registry"
        case .tooSmall(let found, let wanted):
            "registry \(registry) is cut short: it has \(found) bytes and needs \(wanted); "
                + "end the programs that use it and remove it"
        case .notReady(let state):
            "registry \(registry) is not ready: its creator left it in state \(state); "
                + "if that program is gone, remove the registry"
        case .notOwned(let owner, let mode):
            "refusing registry \(registry): it belongs to user \(owner) with mode "
                + "0\(String(mode, radix: 8)), so others can change it; "
                + "remove it or choose another registry"
        case .notPermitted:
            "cannot open registry \(registry): it is another user's, and only that user may use it "
                + "(mode 0600); run varve as that user"
        case .system(let call, let code):
            "\(call) failed on registry \(registry): \(Self.message(of: code)) (errno \(code))"
                + Self.advice(on: code)
        }
    }

    private static func value(_ value: UInt64, of field: HeaderField) -> String {
        field == .magic ? "0x" + String(value, radix: 16) : String(value)
    }

    private static func range(_ range: ClosedRange<UInt64>, of field: HeaderField) -> String {
        let lower = value(range.lowerBound, of: field)
        guard range.lowerBound != range.upperBound else { return lower }
        return "\(lower) to \(value(range.upperBound, of: field))"
    }

    /// A refused name can hold anything; a message must not steer a terminal.
    private static func escaped(_ name: String) -> String {
        name.unicodeScalars.reduce(into: "") { text, scalar in
            text += scalar.isUnsafeToDisplay ? scalar.escaped(asASCII: true) : String(scalar)
        }
    }

    /// What to do, where the system's limits are the reason.
    private static func advice(on code: Int32) -> String {
        switch code {
        case ENOSPC: "; make room in shared memory (/dev/shm)"
        case EMFILE: "; raise the limit of open files (ulimit -n)"
        default: ""
        }
    }

    private static func message(of code: Int32) -> String {
        // strerror gives a valid C string for every code, and it is copied at once.
        unsafe String(cString: strerror(code))
    }
}
