internal import Atomics

/// One slot and the seqlock that guards it.
///
/// The argument, in the words of C11 (7.17.3, 7.17.4):
///
/// * **A reader sees all of a window or is told.** A writer makes `seq` odd, executes a release
///   fence, stores the fields relaxed and stores the even `seq` with release. A reader loads `seq`
///   with acquire, loads the fields relaxed, executes an acquire fence and loads `seq` again. Had it
///   read one value of a later window, the writer's release fence would synchronise with the
///   reader's acquire fence, so that the odd `seq` happens before the second load, which then
///   differs from the first. And an even `seq` that was read from the release store makes that
///   window's fields visible. x86-64 gives both orders for nothing; arm64 needs both fences.
/// * **A writer that was fenced off stores nothing.** A window is entered by a read-modify-write of
///   `seq`, and who changes the generation afterwards also reads `seq` by a read-modify-write. Those
///   have one total order. Either the writer's comes first, and the other sees odd and waits; or it
///   comes second, reads from the other's, and so sees the new generation inside its window.
struct SlotMemory: Sendable {
    let words: SharedWords
    let abi: RegistryABI

    init(_ words: SharedWords, _ abi: RegistryABI) {
        self.words = words
        self.abi = abi
    }

    var layout: SlotLayout { SlotLayout(abi) }

    /// Enters the window unless somebody is inside; the odd `seq` to leave with.
    @inline(__always)
    func enter() -> UInt64? {
        let seq = words.load(SlotLayout.seq)
        guard seq & 1 == 0, words.exchange(seq, for: seq &+ 1, SlotLayout.seq).exchanged else {
            return nil
        }
        atomicMemoryFence(ordering: .releasing)
        return seq &+ 1
    }

    /// Enters the window even if its last owner never left it: it was killed there, or is fenced
    /// off and will see so. The state must be reserved, by us.
    func takeOver() -> UInt64 {
        _ = settle(within: .takeover)
        while true {
            let seq = words.load(SlotLayout.seq)
            // From odd to the next odd, so that a reader never takes the torn fields for whole.
            let odd = seq &+ (seq & 1 == 0 ? 1 : 2)
            if words.exchange(seq, for: odd, SlotLayout.seq).exchanged {
                atomicMemoryFence(ordering: .releasing)
                return odd
            }
        }
    }

    /// Leaves the window that was entered with `odd`.
    @inline(__always)
    func leave(_ odd: UInt64) {
        words.storeReleasing(odd &+ 1, SlotLayout.seq)
    }

    /// Waits until nobody is inside the window; whether that came to be.
    func settle(within limit: WaitLimit) -> Bool {
        limit.wait { words.fetchAdd(0, SlotLayout.seq) & 1 == 0 }
    }

    /// Makes an odd `seq` even, for an owner that is dead.
    func forceEven() {
        let seq = words.load(SlotLayout.seq)
        if seq & 1 == 1 {
            // Lost only to an owner that lives after all and left by itself.
            _ = words.exchange(seq, for: seq &+ 1, SlotLayout.seq)
        }
    }

    /// Moves the state on, if it is still `expected`.
    func move(_ expected: SlotState, to state: SlotState) -> Bool {
        words.exchange(expected.rawValue, for: state.rawValue, SlotLayout.state).exchanged
    }

    /// The state, or the word that is none.
    @inline(__always)
    func state() -> (known: SlotState?, word: UInt32) {
        let word = words.loadAcquiring(SlotLayout.state)
        return (SlotState(rawValue: word), word)
    }
}
