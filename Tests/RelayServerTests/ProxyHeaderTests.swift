import RelayServer
import Testing

struct ProxyHeaderVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    /// Nil: more is awaited.
    var expected: Result<ProxyHeader?, ProxyHeader.Problem>

    init(_ name: String, _ bytes: [UInt8], _ expected: Result<ProxyHeader?, ProxyHeader.Problem>) {
        (self.testDescription, self.bytes, self.expected) = (name, bytes, expected)
    }

    init(_ text: String, _ expected: Result<ProxyHeader?, ProxyHeader.Problem>) { self.init(text, Array(text.utf8), expected) }

    /// A header that is taken whole, and says this.
    static func whole(_ name: String, _ bytes: [UInt8], _ client: String?) -> Self {
        Self(name, bytes, .success(ProxyHeader(client: Self.client(client), byteCount: bytes.count)))
    }

    static func client(_ text: String?) -> ProxyHeader.Client {
        guard let text else { return .proxyItself }
        let parts = text.split(separator: " ")
        guard parts.count == 2, let address = IPAddress(parts[0]), let port = UInt16(parts[1]) else { return .address(.local) }
        return .address(.internet(address, port: port))
    }
}

/// Version 2.
struct BinaryHeader {
    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    static func make(_ command: UInt8, _ family: UInt8, _ body: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = length ?? body.count
        return self.signature + [command, family, UInt8(length >> 8 & 255), UInt8(length & 255)] + body
    }

    /// Of the command PROXY.
    static func make(_ family: UInt8, _ body: [UInt8], length: Int? = nil) -> [UInt8] {
        self.make(0x21, family, body, length: length)
    }

    static let v4: [UInt8] = [203, 0, 113, 7, 10, 0, 0, 1, 0x12, 0x67, 0x1E, 0x61]
    static let v6: [UInt8] = [0x20, 0x01, 0x0D, 0xB8] + zeros(11) + [7] + zeros(15) + [1, 0x12, 0x67, 0, 80]

    static func zeros(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }

    /// One TLV.
    static func extensions(_ count: Int) -> [UInt8] { [0xEA, UInt8(count >> 8), UInt8(count & 255)] + self.zeros(count) }
}

@Suite("The PROXY header")
struct ProxyHeaderTests {
    static let v4 = "PROXY TCP4 203.0.113.7 10.0.0.1 4711 7777\r\n"
    static let longest = "PROXY UNKNOWN " + String(repeating: "f", count: 107 - 14 - 2) + "\r\n"

    @Test(
        "Version 1 is taken as the protocol has it, and nothing else",
        arguments: [
            .whole("IPv4", Array(v4.utf8), "203.0.113.7 4711"),
            .whole("IPv6", Array("PROXY TCP6 2001:db8::7 ::1 65535 0\r\n".utf8), "2001:db8::7 65535"),
            .whole("IPv4 in IPv6 is IPv4", Array("PROXY TCP6 ::ffff:203.0.113.7 ::1 1 1\r\n".utf8), "203.0.113.7 1"),
            .whole("unknown", Array("PROXY UNKNOWN\r\n".utf8), nil),
            .whole("unknown, and what is to be ignored", Array("PROXY UNKNOWN 1.2.3.4 ::1 x\r\n".utf8), nil),
            .whole("the longest", Array(longest.utf8), nil),
            .init(
                v4 + "GET / HTTP/1.1",
                .success(ProxyHeader(client: ProxyHeaderVector.client("203.0.113.7 4711"), byteCount: v4.utf8.count))),
            .init("", .success(nil)), .init("PRO", .success(nil)), .init("PROXY ", .success(nil)),
            .init("PROXY TCP4 1.2.3", .success(nil)),
            .init("PROXY UNKNOWN\r", .success(nil)), .init(String(longest.dropLast()), .success(nil)),
            .init("GET / HTTP/1.1\r\n", .failure(.missing)), .init("PROXZ", .failure(.missing)),
            .init("proxy TCP4", .failure(.missing)),
            .init("one byte too long", Array((longest.dropLast() + "f\r\n").utf8), .failure(.tooLong)),
            .init("endless", Array(("PROXY UNKNOWN " + String(repeating: "f", count: 100)).utf8), .failure(.tooLong)),
            .init("PROXY UNKNOWN\n", .failure(.malformed)), .init("PROXY UNKNOWN\rX", .failure(.malformed)),
            .init("PROXY\tTCP4", .failure(.missing)), .init("PROXY TCP5 1.2.3.4 1.2.3.4 1 1\r\n", .failure(.malformed)),
            .init("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", .failure(.malformed)),
            .init("PROXY TCP4 1.2.3.4 1.2.3.4 1 1 1\r\n", .failure(.malformed)),
            .init("PROXY TCP4  1.2.3.4 1.2.3.4 1 1\r\n", .failure(.malformed)),
            .init("PROXY TCP4 1.2.3.4 1.2.3.4 1 1 \r\n", .failure(.malformed)),
            .init("PROXY TCP4 1.2.3.256 1.2.3.4 1 1\r\n", .failure(.malformed)),
            .init("PROXY TCP4 1.2.3.04 1.2.3.4 1 1\r\n", .failure(.malformed)),
            .init("PROXY TCP4 ::1 ::1 1 1\r\n", .failure(.malformed)),
            .init("PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n", .failure(.malformed)),
            .init("PROXY TCP6 ::1%lo ::1 1 1\r\n", .failure(.malformed)), .init("PROXY TCP4 a b 1 1\r\n", .failure(.malformed)),
            .init("PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n", .failure(.malformed)),
            .init("PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n", .failure(.malformed)),
            .init("PROXY TCP4 1.2.3.4 1.2.3.4 +1 1\r\n", .failure(.malformed)),
            .init("PROXY TCP4 1.2.3.4 1.2.3.4 1 -1\r\n", .failure(.malformed)),
            .init("PROXY \r\n", .failure(.malformed)), .init("PROXY TCP4 1.2.3.4\0 1.2.3.4 1 1\r\n", .failure(.malformed)),
        ] as [ProxyHeaderVector]
    )
    func text(_ vector: ProxyHeaderVector) { self.expect(vector) }

    @Test(
        "Version 2 is taken as the protocol has it, and nothing else",
        arguments: [
            .whole("IPv4", BinaryHeader.make(0x11, BinaryHeader.v4), "203.0.113.7 4711"),
            .whole("IPv6", BinaryHeader.make(0x21, BinaryHeader.v6), "2001:db8::7 4711"),
            .whole("a Unix socket", BinaryHeader.make(0x31, BinaryHeader.zeros(216)), "local"),
            .whole("LOCAL", BinaryHeader.make(0x20, 0, []), nil),
            .whole("LOCAL, with addresses to be ignored", BinaryHeader.make(0x20, 0x11, BinaryHeader.v4), nil),
            .whole("LOCAL, of an unknown family", BinaryHeader.make(0x20, 0xFF, [1, 2, 3]), nil),
            .whole("an unknown client", BinaryHeader.make(0x00, [1, 2, 3]), nil),
            .whole(
                "with TLVs", BinaryHeader.make(0x11, BinaryHeader.v4 + BinaryHeader.extensions(0) + BinaryHeader.extensions(300)),
                "203.0.113.7 4711"),
            .whole(
                "the longest", BinaryHeader.make(0x11, BinaryHeader.v4 + BinaryHeader.extensions(2048 - 16 - 12 - 3)),
                "203.0.113.7 4711"),
            .init("cut in the signature", Array(BinaryHeader.signature.prefix(5)), .success(nil)),
            .init("cut behind the signature", BinaryHeader.signature, .success(nil)),
            .init("cut in the address", Array(BinaryHeader.make(0x11, BinaryHeader.v4).dropLast()), .success(nil)),
            .init("too long, by its length alone", BinaryHeader.make(0x11, [], length: 2033), .failure(.tooLong)),
            .init("the greatest length", BinaryHeader.make(0x11, [], length: 65_535), .failure(.tooLong)),
            .init("another signature", [0x0D, 0x0A, 0x0D, 0x0A, 1], .failure(.missing)),
            .init("version 1 in binary", BinaryHeader.make(0x11, 0x11, BinaryHeader.v4), .failure(.malformed)),
            .init("version 3", BinaryHeader.make(0x31, 0x11, BinaryHeader.v4), .failure(.malformed)),
            .init("an unknown command", BinaryHeader.make(0x22, 0x11, BinaryHeader.v4), .failure(.malformed)),
            .init("datagrams", BinaryHeader.make(0x12, BinaryHeader.v4), .failure(.malformed)),
            .init("an unknown family", BinaryHeader.make(0x41, BinaryHeader.v4), .failure(.malformed)),
            .init("no transport", BinaryHeader.make(0x10, BinaryHeader.v4), .failure(.malformed)),
            .init("an IPv4 address cut short", BinaryHeader.make(0x11, Array(BinaryHeader.v4.dropLast())), .failure(.malformed)),
            .init("an IPv6 address cut short", BinaryHeader.make(0x21, BinaryHeader.v4), .failure(.malformed)),
            .init("a Unix address cut short", BinaryHeader.make(0x31, BinaryHeader.zeros(215)), .failure(.malformed)),
            .init("no address", BinaryHeader.make(0x11, []), .failure(.malformed)),
            .init("a TLV cut in its head", BinaryHeader.make(0x11, BinaryHeader.v4 + [0xEA, 0]), .failure(.malformed)),
            .init(
                "a TLV longer than the header", BinaryHeader.make(0x11, BinaryHeader.v4 + [0xEA, 0xFF, 0xFF, 1]),
                .failure(.malformed)),
        ] as [ProxyHeaderVector]
    )
    func binary(_ vector: ProxyHeaderVector) { self.expect(vector) }

    private func expect(_ vector: ProxyHeaderVector) {
        let outcome = Result { () throws(ProxyHeader.Problem) in try ProxyHeader.read(vector.bytes) }
        #expect(outcome == vector.expected)
    }

    @Test("Whatever is cut is waited for, and never taken for something else")
    func cuts() throws {
        for header in [Array(Self.v4.utf8), BinaryHeader.make(0x21, BinaryHeader.v6 + BinaryHeader.extensions(9))] {
            for count in 0..<header.count { #expect(try ProxyHeader.read(Array(header[..<count])) == nil) }
            #expect(try ProxyHeader.read(header + [0])?.byteCount == header.count)
        }
    }
}
