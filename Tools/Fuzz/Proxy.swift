// modules: RelayWire RelayWireJSON RelayCore RelayHosting RelayWeb RelayServer
// planted: Sources/RelayServer/Clients/ProxyHeader.swift | guard end + 1 < bytes.count else { return nil } | // nothing
// planted: Sources/RelayServer/Clients/ProxyHeader.swift | guard body.count >= 2 * size + 4, let source = IPAddress(body.prefix(size)) | guard body.count >= 2 * size + 4, let source = IPAddress(body.suffix(size))
// planted: Sources/RelayServer/Clients/ForwardedFor.swift | text.append(byte)\n            }\n        }\n        throw .malformed | text.append(byte)\n            }\n        }\n        return ""
import Glibc
import RelayServer

/// What a proxy says in front of a connection or in the headers of a request. A PROXY header is the same wherever its bytes are cut, and
/// names the client that stands in it; what a client sends in `X-Forwarded-For` or `Forwarded` never takes the place of what the proxy appends.
enum Target: FuzzTarget {
    static let words = [
        "PROXY ", "TCP4 ", "TCP6 ", "UNKNOWN", "\r\n", " 65535", "203.0.113.7", "::ffff:1.2.3.4", "2001:db8::7",
        "\r\n\r\n\0\r\nQUIT\n", "for=",
        "for=\"[", "]:4711\"", "=\"", "\\\"", ";by=", ", ", "unknown", "_hidden", "proto=https",
    ]

    static func seeds() throws -> [[UInt8]] {
        let v4: [UInt8] = [203, 0, 113, 7, 10, 0, 0, 1, 0x12, 0x67, 0x1E, 0x61]
        let v6: [UInt8] = [0x20, 0x01, 0x0D, 0xB8] + self.zeros(11) + [7] + self.zeros(15) + [1, 0x12, 0x67, 0, 80]
        let mapped = self.zeros(10) + [0xFF, 0xFF] + v4[..<4] + self.zeros(16) + v4[8...]
        let binary = [
            self.binary(0x21, 0x11, v4), self.binary(0x21, 0x21, v6 + [0xEA, 0, 2, 1, 2]), self.binary(0x21, 0x21, mapped),
            self.binary(0x21, 0x31, self.zeros(216)), self.binary(0x20, 0, []), self.binary(0x21, 0, [1]),
            self.binary(0x21, 0x11, v4 + [4]),
        ]
        let text = [
            "PROXY TCP4 203.0.113.7 10.0.0.1 4711 7777", "PROXY TCP6 2001:db8::7 ::1 65535 0",
            "PROXY TCP6 ::ffff:1.2.3.4 ::1 1 1",
            "PROXY UNKNOWN", "PROXY UNKNOWN " + String(repeating: "f", count: 91), "PROXY TCP4 1.2.3.4 1.2.3.4 1 01",
        ].map { Array("\($0)\r\nGET / HTTP/1.1\r\n".utf8) }
        let lists = [
            "203.0.113.7", "[2001:db8::7]:9", "6.6.6.6, 203.0.113.7:4711", "unknown,, 2001:db8::7\n1.2.3.4", "6.6.6.6\u{600}",
            "\"", "",
        ]
        let elements = [
            "for=203.0.113.7", "For=\"203.0.113.7:4711\";proto=https;by=10.0.0.1", "proto=http; for=\"[2001:db8::7]:4711\"",
            "for=6.6.6.6;by=\"a,b;c\\\"d\" , for=1.2.3.4", "for=unknown\nfor=_a", "for=6.6.6.6;by=\"", "for=[2001:db8::7]",
        ]
        return (binary + text).map { $0 + [0] } + lists.map { Array($0.utf8) + [1] } + elements.map { Array($0.utf8) + [2] }
            + elements.map { Array($0.utf8) + [6] }
    }

    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    private static func binary(_ command: UInt8, _ family: UInt8, _ body: [UInt8]) -> [UInt8] {
        self.signature + [command, family, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
    }

    private static func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

    static func run(_ input: [UInt8]) {
        var stream = input
        let last = stream.takeLast()
        let hops = Int(last >> 2 & 1) + 1
        switch last & 3 {
        case 1: self.tryHeader(stream, .xForwardedFor, hops)
        case 2: self.tryHeader(stream, .forwarded, hops)
        default: self.tryStream(stream)
        }
    }

    // MARK: The PROXY header

    private enum Outcome: Equatable {
        case awaitsMore, refused(ProxyHeader.Problem), header(ProxyHeader)
    }

    private static func outcome(of bytes: [UInt8]) -> Outcome {
        do throws(ProxyHeader.Problem) {
            return try ProxyHeader.read(bytes).map { .header($0) } ?? .awaitsMore
        } catch {
            return .refused(error)
        }
    }

    private static func tryStream(_ stream: [UInt8]) {
        let whole = self.outcome(of: stream)
        let first = (0...min(stream.count, ProxyHeader.maximumBinaryBytes + 1)).lazy.map {
            self.outcome(of: Array(stream.prefix($0)))
        }
        .first { $0 != .awaitsMore }
        expect(first ?? .awaitsMore == whole, "cut anywhere it is the same header")
        switch whole {
        case .awaitsMore:
            let bound = stream.first == self.signature[0] ? ProxyHeader.maximumBinaryBytes : ProxyHeader.maximumTextBytes
            expect(stream.count < bound, "what is awaited has a bound")
        case .refused: break
        case .header(let header):
            expect(header.byteCount <= stream.count, "a header ends within what has come")
            let itself = Array(stream.prefix(header.byteCount))
            expect(self.outcome(of: itself) == whole, "what follows a header changes nothing")
            expect(self.outcome(of: itself.dropLast()) == .awaitsMore, "a header that lacks a byte is awaited")
            expect(header.client == self.named(in: itself), "the client is whom the header names")
        }
    }

    /// The client of a header that was taken.
    private static func named(in header: [UInt8]) -> ProxyHeader.Client? {
        guard header.first == self.signature[0] else { return self.named(inText: header) }
        if header[12] == 0x20 { return .proxyItself }
        switch header[13] {
        case 0x00: return .proxyItself
        case 0x11: return self.client(header[16..<20], UInt16(header[24]) << 8 | UInt16(header[25]))
        case 0x21: return self.client(header[16..<32], UInt16(header[48]) << 8 | UInt16(header[49]))
        case 0x31: return .address(.local)
        default: return nil
        }
    }

    private static func named(inText header: [UInt8]) -> ProxyHeader.Client? {
        let words = header.dropLast(2).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 6, words[1].starts(with: "TCP".utf8) else { return .proxyItself }
        let port = words[4].reduce(0) { $0 * 10 + Int($1) - 0x30 }
        return self.bytes(ofAddress: words[2]).flatMap { self.client($0[...], UInt16(port)) }
    }

    private static func client(_ bytes: ArraySlice<UInt8>, _ port: UInt16) -> ProxyHeader.Client? {
        self.text(ofAddress: Array(bytes)).flatMap { IPAddress($0) }.map { .address(.internet($0, port: port)) }
    }

    private static func text(ofAddress bytes: [UInt8]) -> String? {
        if bytes.count == 4 { return bytes.map { "\($0)" }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) }
        return groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    private static func bytes(ofAddress text: some Sequence<UInt8>) -> [UInt8]? {
        let text = String(decoding: Array(text), as: UTF8.self)
        var (v4, v6) = (self.zeros(4), self.zeros(16))
        if inet_pton(AF_INET, text, &v4) == 1 { return v4 }
        return inet_pton(AF_INET6, text, &v6) == 1 ? v6 : nil
    }

    // MARK: Headers of a request

    private static func client(_ lines: [String], _ header: ForwardedHeader, _ hops: Int) -> ClientAddress? {
        try? ForwardedFor.client(in: lines, header, hops: hops)
    }

    /// What a client sends is the whole header, then what stands in front of that which the proxies append.
    private static func tryHeader(_ sent: [UInt8], _ header: ForwardedHeader, _ hops: Int) {
        // HTTP has no line ends in a header's value, and NIO hands it on as text.
        let lines = sent.split(separator: 10, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        let alone = self.client(lines, header, hops)
        expect(self.client([lines.joined(separator: ",")], header, hops) == alone, "lines are one list")
        if let alone { self.expectNamed(alone, in: sent) }
        let appended = ["192.0.2.1", "192.0.2.2"].suffix(hops).map { header == .forwarded ? "for=\($0)" : $0 }
        guard case .internet(let proxied, _)? = self.client(appended, header, hops) else {
            fatalError("NOT HELD: a proxy is believed")
        }
        let rest = appended.joined(separator: ", ")
        for all in [lines + appended, lines.dropLast() + ["\(lines.last ?? ""), \(rest)"]] {
            switch self.client(all, header, hops) {
            case .internet(proxied, port: 0): break
            case nil: expect(header == .forwarded, "whatever a client sends, the list is read")
            case let other?: fatalError("NOT HELD: a client took the place of what the proxy appended: \(other)")
            }
        }
    }

    /// An address that is taken stands in the header, but for the backslashes of quoted text.
    private static func expectNamed(_ client: ClientAddress, in sent: [UInt8]) {
        let letters = sent.filter { $0 != UInt8(ascii: "\\") }
        let runs = letters.split { !Self.isAddressByte($0) }
        let isNamed = runs.contains { run in
            let parts = [run, run.prefix { $0 != UInt8(ascii: ":") }]
            return parts.contains { part in
                guard let bytes = self.bytes(ofAddress: part), let text = self.text(ofAddress: bytes) else { return false }
                guard case .internet(let address, _) = client else { return false }
                return IPAddress(text) == address
            }
        }
        expect(isNamed, "an address that nobody names: \(client)")
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: byte == UInt8(ascii: ".")
        }
    }
}
