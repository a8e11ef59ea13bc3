/// A page that is one file: its style and its script are inside, and it may load nothing.
///
/// A browser is told so by the page's content security policy: only the style and the script whose
/// hashes stand there take effect. So even a text that got in unescaped could do nothing.
///
/// ```swift
/// HTMLPage(title: "Runs of the team", body: "<main><h1>\(team)</h1></main>").html
/// ```
public struct HTMLPage: Sendable {
    /// What a browser's tab shows.
    public var title: String
    /// What is between `<body>` and `</body>`.
    public var body: HTMLText

    /// A page that shows `body`.
    public init(title: String, body: HTMLText) {
        self.title = title
        self.body = body
    }

    /// The whole file.
    public var html: HTMLText {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="\(Self.policy)">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <meta name="generator" content="varve">
        <title>\(title)</title>
        <style>\(HTMLText(trusted: Self.style))</style>
        </head>
        <body>
        \(body)
        <script>\(HTMLText(trusted: Self.script))</script>
        </body>
        </html>

        """
    }

    static let style = String(decoding: PackageResources.page_css, as: UTF8.self)
    static let script = String(decoding: PackageResources.page_js, as: UTF8.self)

    // SHA-256 in base64 of the two files beside this one. A test makes them anew.
    static let styleHash = "TBoQSJvFZbAyYD+s8mD6ru+7Qg3yPlOBid+erfqdRHI="
    static let scriptHash = "PUQVCRsm1hNKk8llaLlmsGeA/kXN0Tg0uI3oaMypm6M="

    private static let policy =
        "default-src 'none'; style-src 'sha256-\(styleHash)'; script-src 'sha256-\(scriptHash)'; "
        + "base-uri 'none'; form-action 'none'"
}
