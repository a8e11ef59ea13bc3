internal import ArgumentParser

/// A label on the command line: `key=value`.
struct LabelArgument: ExpressibleByArgument {
    /// What is before the first `=`, never empty.
    let key: String
    /// What is after it.
    let value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
            return nil
        }
        key = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
    }
}

extension [LabelArgument] {
    /// The labels by key; of a repeated key the last value.
    var dictionary: [String: String] {
        Dictionary(map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
    }
}
