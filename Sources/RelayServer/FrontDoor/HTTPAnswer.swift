import NIOHTTP1
import RelayWire

/// A whole HTTP answer after which the connection ends.
struct HTTPAnswer: Equatable, Sendable {
    var status: Int
    var reason: String
    var text: String
    var headers: [String: String]
    var omitsBody = false

    /// - Parameters:
    ///   - text: The body, without its last newline. Ours: nothing of it comes from the peer unfiltered.
    ///   - headers: Further headers. Ours, too.
    init(_ status: Int, _ reason: String, _ text: String, _ headers: [(String, String)] = []) {
        (self.status, self.reason, self.text) = (status, reason, text + "\n")
        self.headers = Dictionary(headers) { $1 }
    }

    /// The answer as it goes on the wire.
    var bytes: [UInt8] {
        var head = "HTTP/1.1 \(self.status) \(self.reason)\r\n"
        for (name, value) in self.headers.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
        head += "Content-Type: text/plain; charset=utf-8\r\nContent-Length: \(self.text.utf8.count)\r\n"
        head += "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
        return Array(head.utf8) + (self.omitsBody ? [] : Array(self.text.utf8))
    }

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
