import CRelayWeb

/// Files by the paths of their URLs. What is not in the table is not served: no path of a request ever names a file of the machine.
package struct WebFiles: Sendable {
    private let byPath: [String: WebFile]

    package init(_ files: some Sequence<WebFile>) {
        var byPath: [String: WebFile] = [:]
        for file in files {
            for path in file.urlPaths { byPath[path] = file }
        }
        self.byPath = byPath
    }

    /// - Parameter path: As it stands in the request, without its query. Nothing in it is decoded.
    package subscript(path path: some StringProtocol) -> WebFile? { self.byPath[String(path)] }

    /// Every path, sorted.
    package var paths: [String] { self.byPath.keys.sorted() }

    /// For players: SDK and playground.
    package static let forPlayers = WebFiles(Self.embedded.filter { $0.section != .dashboard })
    /// For operators: the dashboard.
    package static let forOperators = WebFiles(Self.embedded.filter { $0.section == .dashboard })

    /// All files of the program.
    private static var embedded: [WebFile] {
        (0..<crelay_web_file_count()).map { index in
            guard let entry = crelay_web_file(index)?.pointee, let name = entry.name,
                let file = WebFile(
                    path: String(cString: name), plain: UnsafeBufferPointer(start: entry.plain, count: entry.plain_size),
                    gzip: entry.gzip.map { UnsafeBufferPointer(start: $0, count: entry.gzip_size) }
                )
            else { preconditionFailure("web.c names a file outside of the folders that are served") }
            return file
        }
    }
}
