import NIOCore

/// The HTTP answer with a file, or that the client's copy of it is good.
package struct WebAnswer: Equatable, Sendable {
    /// The statuses that it can have.
    package enum Status: Int, Sendable {
        case ok = 200
        case notModified = 304
    }

    package var status: Status
    /// Without Content-Length, which is that of ``body``, and absent with ``Status/notModified``.
    package var headers: [String: String]
    /// Shares its storage with the file: an answer that nobody reads holds no copy.
    package var body: ByteBuffer

    /// Nothing from elsewhere, no script in the page's text, no frame around it; `'self'` includes the WebSocket of the same host and port.
    package static let contentSecurityPolicy = """
        default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'
        """
}

extension WebFile {
    /// The answer to a GET of it.
    ///
    /// - Parameters:
    ///   - ifNoneMatch: The lines of If-None-Match.
    ///   - acceptEncoding: The lines of Accept-Encoding.
    package func answer(ifNoneMatch: [String], acceptEncoding: [String]) -> WebAnswer {
        let compressed = HeaderList(acceptEncoding).accepts("gzip") ? self.gzip : nil
        let chosen = compressed ?? self.plain
        var headers = self.headers
        headers["ETag"] = chosen.entityTag
        if HeaderList(ifNoneMatch).names(entityTag: chosen.entityTag) {
            return WebAnswer(status: .notModified, headers: headers, body: ByteBuffer())
        }
        headers["Content-Type"] = self.mediaType
        if compressed != nil { headers["Content-Encoding"] = "gzip" }
        return WebAnswer(status: .ok, headers: headers, body: chosen.bytes)
    }

    /// The headers of every answer with it. A copy is asked for anew at each use, so that an upgrade of the relay reaches every page.
    private var headers: [String: String] {
        var headers = [
            "Cache-Control": "no-cache", "Vary": self.isPage ? "Accept, Accept-Encoding" : "Accept-Encoding",
            "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
        ]
        switch self.section {
        case .sdk:
            headers["Access-Control-Allow-Origin"] = "*"
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        case .playground, .dashboard:
            headers["Content-Security-Policy"] = WebAnswer.contentSecurityPolicy
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
        }
        return headers
    }
}
