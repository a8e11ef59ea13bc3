internal import Atomics

/// One slot and the seqlock that guards it.
///
/// The argument, in the words of C11; it is the one of Boehm, *Can seqlocks get along with programming
/// language memory models?* (2012), and uses nothing of any processor:
///
/// * **A reader sees all of a window or is told.** Fields are atomics, loaded and stored relaxed, so
///   that no access is a data race (5.1.2.4). A writer makes `seq` odd, executes a release fence,
///   stores the fields and stores the even `seq` with release. A reader loads `seq` with acquire, loads
///   the fields, executes an acquire fence and loads `seq` again. Two things can go wrong. *It read a
///   value of a later window*: then the fence after the odd `seq` synchronises with the reader's fence
///   (7.17.4: the one is before the store that was read, the other after the load), so that the odd
///   `seq` happens before the second load, which by read-write coherence gives that one or a later one
///   and differs from the first. *It read a value older than the window whose even `seq` it saw*: that
///   load read from a release store, or from a read-modify-write that continues its release sequence
///   (7.17.3), and so the window's fields happen before its own loads, which coherence then forbids to
///   give anything older.
/// * **Which of it arm64 needs.** x86-64 keeps stores in order, and loads: there both fences only stop
///   the compiler. arm64 keeps neither. The release fence is `dmb ish`: `seq` is made odd by a
///   read-modify-write that releases what was *before* it, and lets the fields behind it be seen first.
///   The acquire fence is `dmb ishld`: a second load that merely acquires would hold back what comes
///   *after* it, while the fields before it could still be read later. Without either fence a torn
///   reading passes for whole on arm64, and never on x86-64, where no test would find it.
/// * **A writer that was fenced off stores nothing.** A window is entered by a read-modify-write of
///   `seq`, and who changes the generation afterwards also reads `seq` by a read-modify-write. Those
///   have one total order, each acquires and releases, and none reads anything but the one before it
///   (7.17.3). Either the writer's comes first, and the other sees odd and waits; or it comes second,
///   reads from the other's, and so sees the new generation inside its window. This is why entering is
///   no plain store, as in a seqlock with one writer: a store could still wait in its processor while
///   the generation behind it is loaded.
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
