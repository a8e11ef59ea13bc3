import Foundation
import Testing

/// What shells offer after Tab.
@Suite(.serialized)
struct CompletionTests {
    let stage: Stage

    init() throws {
        stage = try Stage()
        try stage.makeHistory()
        try stage.tamper(
            """
            INSERT INTO sandbox (source_id, name, first_seen_at_ms) VALUES
                (1, '$(touch pwned)', 0), (1, 'b`touch pwned`', 0), (1, 'b u', 0), (1, 'b''x', 0),
                (1, 'b' || char(10) || 'x', 0), (1, 'b*', 0), (1, '-b', 0), (1, 'b.2', 0)
            """)
    }

    /// What bash completes `line` to, which `varve` begins.
    private func completions(of line: String) async throws -> [String] {
        let end = try await stage.shell(
            """
            "$VARVE" --generate-completion-script bash > varve.bash
            mkdir -p bin && ln -sf "$VARVE" bin/varve
            PATH="$PWD/bin:$PATH" bash --norc -c '
                . ./varve.bash
                COMP_LINE="$0" COMP_POINT=${#0}
                read -ra COMP_WORDS <<< "$0"
                case "$0" in *" ") COMP_WORDS+=("");; esac
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                name=$(complete -p varve); name=${name##*-F }; name=${name%% *}
                $name varve "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
                printf "%s\\n" "${COMPREPLY[@]}"' '\(line)'
            """)
        #expect(end.code == 0 && end.errors.isEmpty)
        return end.text.split(separator: "\n").map(String.init)
    }

    @Test(arguments: [
        ("varve query lifecycle ", ["b.2", "build", "crash", "serve"]),
        ("varve query lifecycle --follow bu", ["build"]),
        ("varve why cr", ["crash"]),
        ("varve query runs --sandbox b", ["b.2", "build"]),
        ("varve query runs --sandbox $", []),
        ("varve query series x", []),
        ("varve query runs --db none.db --sandbox ", []),
        ("varve query runs --reason Fa", ["Failed"]),
        ("varve query runs --sort cpu", ["cpu", "cpu-max"]),
        ("varve query lif", ["lifecycle"]),
        ("varve gen", []),
    ])
    func `names that harm no shell are offered, and commands and words`(
        line: String, expected: [String]
    ) async throws {
        #expect(try await completions(of: line) == expected)
        #expect(!stage.exists("pwned"))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `every shell has a script`(shell: String) async throws {
        let end = try await stage.varve("--generate-completion-script", shell)
        #expect(end.code == 0 && end.errors.isEmpty && end.text.contains("varve"))
    }

    @Test func `the command writes its own manual page`() async throws {
        let end = try await stage.varve("generate-manual")
        #expect(end.code == 0 && end.text.hasPrefix(".TH VARVE 1 "))
    }
}
