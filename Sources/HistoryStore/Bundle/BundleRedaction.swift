/// What a bundle is told to leave out, because it goes to other people.
public enum BundleRedaction: String, CaseIterable, Hashable, Sendable {
    /// The labels of all runs in it.
    case labels
    /// Commands, and the words about an end that may repeat them.
    case command
    /// What the run and its runtime wrote.
    case logs
    /// The machine's name, the ids of its boots and the directory of the runtime.
    case host
}
