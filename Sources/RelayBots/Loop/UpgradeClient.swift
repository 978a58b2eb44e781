import Crypto
import RelayClient
import RelayWire

/// The client's half of a WebSocket handshake: RFC 6455 section 4.1. Owns no socket.
///
/// Send ``request``, then give each read to ``receive(_:)`` until it returns anything but ``Outcome/needsMore``.
package struct UpgradeClient: Sendable {
    /// The state of the handshake after a read.
    package enum Outcome: Equatable, Sendable {
        case needsMore
        /// The WebSocket is up. The last `rest` bytes of the last input belong to it.
        case upgraded(rest: Int)
        /// The handshake failed. `retryAfter` is the answer's Retry-After in milliseconds.
        case refused(String, retryAfter: UInt64?)
    }

    /// Maximum size of an answer's head. Bytes.
    static let maximumHeadBytes = 8192

    package let request: [UInt8]
    private let accept: String
    private var head: [UInt8] = []

    /// - Parameter nonce: 16 bytes, different each time.
    package init(url: RelayURL, nonce: (UInt64, UInt64)) {
        let key = withUnsafeBytes(of: nonce) { Self.base64(Array($0)) }
        self.request = Array(
            """
            GET \(url.path) HTTP/1.1\r
            Host: \(url.authority)\r
            Connection: Upgrade\r
            Upgrade: websocket\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: \(key)\r
            Sec-WebSocket-Protocol: \(WireLimits.subprotocol)\r
            \r

            """.utf8
        )
        self.accept = Self.accept(for: key)
    }

    /// The Sec-WebSocket-Accept that the answer must have.
    package static func accept(for key: String) -> String {
        self.base64(Array(Insecure.SHA1.hash(data: Array("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))))
    }

    /// Takes the bytes of one read. Do not call it again after any outcome but ``Outcome/needsMore``.
    package mutating func receive(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        for (position, byte) in bytes.enumerated() {
            self.head.append(byte)
            if byte == 0x0A, self.head.suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A] {
                return self.judge(rest: bytes.count - position - 1)
            }
            guard self.head.count < Self.maximumHeadBytes else {
                return .refused("the answer's head is too long", retryAfter: nil)
            }
        }
        return .needsMore
    }

    private func judge(rest: Int) -> Outcome {
        // Lines are split in UTF-8: Swift's Character makes one of CR LF.
        var lines = self.head.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
            .map { $0.hasSuffix("\r") ? String($0.unicodeScalars.dropLast()) : $0 }
        guard !lines.isEmpty else { return .refused("no status line", retryAfter: nil) }
        let status = lines.removeFirst()
        let fields = lines.compactMap(Self.field)
        func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
        guard status.hasPrefix("HTTP/1.1 101") else {
            let seconds = values("retry-after").first.flatMap { UInt64($0) }
            return .refused(status, retryAfter: seconds.map { min($0, 86_400) * 1000 })
        }
        guard values("upgrade").contains(where: { $0.lowercased() == "websocket" }),
            values("connection").contains(where: { $0.lowercased().contains("upgrade") })
        else { return .refused("101 without an upgrade to websocket", retryAfter: nil) }
        guard values("sec-websocket-accept") == [self.accept] else {
            return .refused("Sec-WebSocket-Accept does not fit the key", retryAfter: nil)
        }
        guard values("sec-websocket-protocol") == [WireLimits.subprotocol], values("sec-websocket-extensions").isEmpty else {
            return .refused("another subprotocol, or an extension, than was offered", retryAfter: nil)
        }
        return .upgraded(rest: rest)
    }

    private static func field(_ line: String) -> (name: String, value: String)? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        return (line[..<colon].lowercased(), String(value))
    }

    /// RFC 4648 section 4.
    package static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let padded = group + [UInt8](repeating: 0, count: 3 - group.count)
            let word = padded.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            for digit in 0..<4 {
                text.append(digit <= group.count ? alphabet[Int(word >> (18 - 6 * UInt32(digit)) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
