internal import HistoryModel

/// A value as JSON that can stand in a `<script>` of a page: no `<` in it could end the script.
enum ScriptValue {
    case text(String)
    case integer(Int)
    case list([ScriptValue])
    case object([(key: String, value: ScriptValue)])
    case null

    /// The JSON text.
    var html: HTMLText {
        var json = ""
        append(to: &json)
        return HTMLText(trusted: json)
    }

    private func append(to json: inout String) {
        switch self {
        case .null: json += "null"
        case .integer(let integer): json += String(integer)
        case .text(let text): Self.appendQuoted(text, to: &json)
        case .list(let elements):
            json += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { json += "," }
                element.append(to: &json)
            }
            json += "]"
        case .object(let members):
            json += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { json += "," }
                Self.appendQuoted(member.key, to: &json)
                json += ":"
                member.value.append(to: &json)
            }
            json += "}"
        }
    }

    private static func appendQuoted(_ text: String, to json: inout String) {
        json += "\""
        // What the page shows of it is for eyes, as everywhere.
        for scalar in text.escapedForDisplay.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case "<": json += "\\u003c"
            case ">": json += "\\u003e"
            case "&": json += "\\u0026"
            default: json.unicodeScalars.append(scalar)
            }
        }
        json += "\""
    }
}
