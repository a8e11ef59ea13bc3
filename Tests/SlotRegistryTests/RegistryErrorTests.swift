import SlotRegistry
import Testing

@Suite("Registry errors")
struct RegistryErrorTests {
    static let sentences: [(RegistryError.Reason, String)] = [
        (.exists, "cannot create registry /r: it exists already; open it instead"),
        (
            .notFound,
            "cannot open registry /r: there is none of that name; start the program that creates it"
        ),
        (
            .full(capacity: 8),
            "cannot reserve a slot in registry /r: all 8 slots are in use; wait for a run to end"
        ),
        (
            .generationMismatch(slot: 3, expected: 7, actual: 9),
            "slot 3 of registry /r belongs to somebody else now: its generation is 9, not 7; "
                + "stop writing to it"
        ),
        (
            .slotBusy(slot: 3),
            "cannot enter slot 3 of registry /r: another program is writing it; try again"
        ),
        (
            .nameTooLong(byteCount: 129),
            "cannot reserve a slot in registry /r: the sandbox's name has 129 bytes; "
                + "use at most 128"
        ),
        (
            .badCapacity(0), "cannot create registry /r with 0 slots; use 1 to 1048576"
        ),
        (
            .badHeader(field: .magic, found: 0xff, wanted: 0x10...0x10),
            "/r is no registry that can be used: its magic is 0xff, not 0x10; "
                + "choose another registry"
        ),
        (
            .badHeader(field: .version, found: 4, wanted: 1...3),
            "/r is no registry that can be used: its version is 4, not 1 to 3; "
                + "choose another registry"
        ),
        (
            .badHeader(field: .slotLength, found: 0, wanted: 512...512),
            "/r is no registry that can be used: its slot_len is 0, not 512; "
                + "choose another registry"
        ),
        (
            .tooSmall(found: 10, wanted: 256),
            "registry /r is cut short: it has 10 bytes and needs 256; "
                + "end the programs that use it and remove it"
        ),
        (
            .notReady(state: 1),
            "registry /r is not ready: its creator left it in state 1; "
                + "if that program is gone, remove the registry"
        ),
        (
            .notOwned(owner: 33, mode: 0o666),
            "refusing registry /r: it belongs to user 33 with mode 0666, so others can change it; "
                + "remove it or choose another registry"
        ),
        (
            .system(call: "shm_open", code: 13),
            "shm_open failed on registry /r: Permission denied (errno 13)"
        ),
    ]

    @Test("each sentence says what failed, why, and what to do", arguments: sentences)
    func sentence(reason: RegistryError.Reason, text: String) {
        #expect(RegistryError(registry: "/r", reason: reason).description == text)
    }

    @Test("a refused name cannot steer the terminal")
    func escaped() {
        let error = RegistryError(registry: "/a/\u{1b}[2J\u{202e}", reason: .badName)
        #expect(
            error.description
                == "\"/a/\\u{1B}[2J\\u{202E}\" cannot name a registry; use a slash and then at most "
                + "\(RegistryName.maximumByteCount - 1) bytes without another slash")
    }
}
