internal import ArgumentParser
internal import HistoryModel
internal import HistoryStore

/// By what usage is put together: `sandbox`, `label:KEY`, `day`, `month`, separated by commas.
struct UsageGroupsArgument: ExpressibleByArgument {
    /// What is meant, in the order in which it was written.
    let groupings: [UsageGrouping]
    private let text: String

    /// By sandbox.
    static let standard = UsageGroupsArgument(groupings: [.sandbox], text: "sandbox")

    private init(groupings: [UsageGrouping], text: String) {
        self.groupings = groupings
        self.text = text
    }

    init?(argument: String) {
        var groupings: [UsageGrouping] = []
        for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
            switch word {
            case "sandbox": groupings.append(.sandbox)
            case "day": groupings.append(.calendar(.day))
            case "month": groupings.append(.calendar(.month))
            case _ where word.hasPrefix("label:") && word.utf8.count > 6:
                groupings.append(.label(String(word.dropFirst(6))))
            default: return nil
            }
        }
        self.init(groupings: groupings, text: argument)
    }

    var defaultValueDescription: String { text }

    static var allValueStrings: [String] { ["sandbox", "label:KEY", "day", "month"] }
}
