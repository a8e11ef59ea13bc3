/// One field of a command's records: defined once, printed in every format.
///
/// ```swift
/// let fields: [Field<Run>] = [
///     Field("run_id", heading: "RUN", alignment: .right) { FieldValue($0.id) },
///     Field("memory_peak_bytes", heading: "PEAK MEM", as: .bytes) { FieldValue($0.memoryPeak) },
///     Field("boot_id") { FieldValue($0.bootID) },  // data only
/// ]
/// ```
struct Field<Record>: Sendable {
    /// The name in JSON and CSV, in `snake_case` with its unit; `nil` keeps it out of them.
    let key: String?
    /// The column of the table, `nil` keeps it out of that.
    let column: TableWriter.Column?
    /// The value in base units.
    let value: @Sendable (Record) -> FieldValue
    /// How a table shows the value.
    let display: FieldDisplay
    /// A text for the table in place of the value's.
    let text: (@Sendable (Record) -> String)?
    /// How the cell stands out.
    let style: @Sendable (Record) -> TextStyle

    /// A field of the data formats, and of the table if it has a heading.
    ///
    /// Without `alignment`, scaled numbers stand right and all else left; names and other plain text
    /// on the left may be cut in a narrow terminal unless `isElastic` says no. Where that does not
    /// suffice, the columns of the lowest `priority` are left out, and continuations of a column with
    /// it.
    init(
        _ key: String, heading: String? = nil, as display: FieldDisplay = .plain,
        alignment: TableWriter.Alignment? = nil, isElastic: Bool? = nil, priority: Int = 0,
        isContinuation: Bool = false,
        style: @escaping @Sendable (Record) -> TextStyle = { _ in .plain },
        text: (@Sendable (Record) -> String)? = nil,
        value: @escaping @Sendable (Record) -> FieldValue
    ) {
        let side = alignment ?? (display == .plain ? .left : .right)
        self.key = key
        self.column = heading.map {
            TableWriter.Column(
                heading: $0, alignment: side, isElastic: isElastic ?? (side == .left),
                priority: priority, isContinuation: isContinuation)
        }
        self.value = value
        self.display = display
        self.text = text
        self.style = style
    }

    /// A column of the table that says, for eyes, what other fields carry as data.
    static func tableOnly(
        _ heading: String, alignment: TableWriter.Alignment = .left, isElastic: Bool? = nil,
        priority: Int = 0, isOptional: Bool = false,
        style: @escaping @Sendable (Record) -> TextStyle = { _ in .plain },
        text: @escaping @Sendable (Record) -> String
    ) -> Field {
        Field(
            key: nil,
            column: TableWriter.Column(
                heading: heading, alignment: alignment,
                isElastic: isElastic ?? (alignment == .left), priority: priority,
                isOptional: isOptional),
            value: { _ in .null }, display: .plain, text: text, style: style)
    }

    /// A column of the table alone whose value is shown like those of the data.
    static func tableOnly(
        _ heading: String, as display: FieldDisplay, priority: Int = 0,
        value: @escaping @Sendable (Record) -> FieldValue
    ) -> Field {
        Field(
            key: nil,
            column: TableWriter.Column(
                heading: heading, alignment: .right, isElastic: false, priority: priority),
            value: value, display: display, text: nil, style: { _ in .plain })
    }

    private init(
        key: String?, column: TableWriter.Column?,
        value: @escaping @Sendable (Record) -> FieldValue,
        display: FieldDisplay, text: (@Sendable (Record) -> String)?,
        style: @escaping @Sendable (Record) -> TextStyle
    ) {
        self.key = key
        self.column = column
        self.value = value
        self.display = display
        self.text = text
        self.style = style
    }
}
