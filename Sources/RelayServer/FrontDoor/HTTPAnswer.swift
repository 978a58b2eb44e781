import NIOCore
import RelayWeb
import RelayWire

/// A whole HTTP answer after which the connection ends.
struct HTTPAnswer: Equatable, Sendable {
    var status: Int
    var reason: String
    /// Without Content-Length and Connection. Ours: nothing in them comes from the peer unfiltered.
    var headers: [String: String]
    var body: ByteBuffer
    /// What follows the body and belongs to it. Shared with others, so it is not copied.
    private(set) var more: ArraySlice<ByteBuffer> = []
    var omitsBody = false
    /// Whether it is an embedded file, or says that the client's copy of it is good.
    private(set) var isFile = false

    /// - Parameters:
    ///   - text: The body, without its last newline. Ours: nothing of it comes from the peer unfiltered.
    ///   - headers: Further headers.
    init(_ status: Int, _ reason: String, _ text: String, _ headers: [(String, String)] = []) {
        (self.status, self.reason) = (status, reason)
        self.headers = ["Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"]
        self.headers.merge(headers) { $1 }
        self.body = ByteBuffer(string: text + "\n")
    }

    /// One without a body.
    init(status: Int, _ reason: String, _ headers: [String: String]) {
        (self.status, self.reason, self.headers, self.body) = (status, reason, headers, ByteBuffer())
    }

    /// - Parameter parts: The body's.
    init(status: Int, _ reason: String, _ headers: [String: String], parts: [ByteBuffer]) {
        self.init(status: status, reason, headers)
        (self.body, self.more) = (parts.first ?? ByteBuffer(), parts.dropFirst())
    }

    init(_ file: WebAnswer) {
        self.status = file.status.rawValue
        switch file.status {
        case .ok: self.reason = "OK"
        case .notModified: self.reason = "Not Modified"
        }
        (self.headers, self.body, self.isFile) = (file.headers, file.body, true)
    }

    /// Whether it may be long: it may take longer to read than a sentence.
    var isLong: Bool { self.isFile || !self.more.isEmpty }

    private var bodyBytes: Int { self.more.reduce(self.body.readableBytes) { $0 + $1.readableBytes } }

    /// The answer as it goes on the wire: the head, then the body, which is not copied.
    var parts: [ByteBuffer] {
        var head = "HTTP/1.1 \(self.status) \(self.reason)\r\n"
        for (name, value) in self.headers.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
        if !Self.withoutContent.contains(self.status) { head += "Content-Length: \(self.bodyBytes)\r\n" }
        head += "Connection: close\r\n\r\n"
        return [ByteBuffer(string: head)] + (self.omitsBody || self.body.readableBytes == 0 ? [] : [self.body] + self.more)
    }

    /// Never followed by a body: RFC 9110 section 6.4.1.
    private static let withoutContent = [204, 304]

    /// The answer to an upgrade.
    static func switchingProtocols(_ upgrade: AcceptedUpgrade) -> [UInt8] {
        var lines = [
            "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Accept: \(upgrade.accept)",
        ]
        if let name = upgrade.subprotocol.name { lines.append("Sec-WebSocket-Protocol: \(name)") }
        return Array((lines + ["", ""]).joined(separator: "\r\n").utf8)
    }
}
