import SlotRegistry
import Testing

@Suite("Registry names")
struct RegistryNameTests {
    @Test(
        "a microsandbox name is the hash of the home path as it stands",
        arguments: [
            ("/tmp/msb-home", "/msb-met-c71a5d072a6fcba2-v3"),
            ("", "/msb-met-cbf29ce484222325-v3"),
            ("a", "/msb-met-af63dc4c8601ec8c-v3"),
            ("foobar", "/msb-met-85944171f73967e8-v3"),
        ])
    func microsandbox(home: String, name: String) {
        #expect(RegistryName.microsandbox(home: home, abi: .v3).value == name)
    }

    @Test("each ABI has its own name", arguments: RegistryABI.allCases)
    func abis(abi: RegistryABI) {
        let name = RegistryName.microsandbox(home: "/tmp/msb-home", abi: abi)
        #expect(name.value == "/msb-met-c71a5d072a6fcba2-v\(abi.rawValue)")
        #expect(name.value.utf8.count <= 31)
    }

    @Test("a trailing slash makes another home")
    func trailingSlash() {
        #expect(
            RegistryName.microsandbox(home: "/h/", abi: .v3)
                != RegistryName.microsandbox(home: "/h", abi: .v3))
    }

    @Test("varve's own name is told apart from microsandbox's")
    func varve() {
        #expect(RegistryName.varve(home: "/tmp/msb-home").value == "/varve-c71a5d072a6fcba2-v3")
    }

    @Test(
        "a name that no object can have is refused",
        arguments: [
            "", "/", "name", "/a/b", "//", "/.", "/..", "/a\0b",
            "/" + String(repeating: "n", count: RegistryName.maximumByteCount),
        ])
    func refused(name: String) {
        #expect(reason { () throws(RegistryError) in _ = try RegistryName(name) } == .badName)
    }

    @Test("the longest name is taken")
    func longest() throws {
        let name = "/" + String(repeating: "n", count: RegistryName.maximumByteCount - 1)
        #expect(try RegistryName(name).value == name)
    }
}
