import NIOCore
import RelayServer
import Testing

@Suite("Where a client is")
struct ClientAddressTests {
    @Test(
        "Addresses are read strictly, and written as they are",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("2001:DB8:0::7", "2001:db8::7"), ("::", "::"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::192.0.2.1", "::192.0.2.1"),
            ("", nil), ("192.0.2", nil), ("192.0.2.1.", nil), ("192.0.2.01", nil), ("192.0.2.256", nil), (" 192.0.2.1", nil),
            ("192.0.2.1\0", nil), ("192.0.2.1:80", nil), ("[::1]", nil), ("::1%lo", nil), ("1::2::3", nil), ("localhost", nil),
            ("0x7f.0.0.1", nil), (String(repeating: "0:", count: 400) + "1", nil),
        ] as [(String, String?)]
    )
    func addresses(_ text: String, _ expected: String?) { #expect(IPAddress(text)?.description == expected) }

    @Test(
        "A range holds its addresses and no others",
        arguments: [
            ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.0.0.0/8", "::a00:1", false),
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false), ("192.0.2.1/32", "192.0.2.1", true),
            ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "2001:db8::1", true),
            ("2001:db8::/33", "2001:db8:7fff::1", true), ("2001:db8::/33", "2001:db8:8000::1", false),
            ("fd00::/64", "fd00::ffff:ffff:ffff:ffff", true), ("fd00::/64", "fd00:0:0:1::", false), ("::1/128", "::1", true),
            ("::1/128", "::2", false), ("fd00::/100", "fd00::0fff:ffff", true), ("fd00::/100", "fd00::1000:0", false),
        ] as [(String, String, Bool)]
    )
    func ranges(_ text: String, _ address: String, _ holds: Bool) throws {
        #expect(try #require(AddressRange(text)).contains(try #require(IPAddress(address))) == holds)
    }

    @Test(
        "What is no range is refused",
        arguments: [
            "", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.1/8", "::1/64", "::/129", "/8",
            "a/8",
            "10.0.0.0 /8", "10/8", "10.0.0.0/٨",
        ]
    )
    func noRanges(_ text: String) { #expect(AddressRange(text) == nil) }

    @Test(
        "Limits count an IPv4 address or an IPv6 /64, and not this machine",
        arguments: [
            ("192.0.2.1", "192.0.2.1", "192.0.2.1:9"), ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1:9"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "[2001:db8:1:2:3:4:5:6]:9"), ("127.0.0.1", nil, "127.0.0.1:9"),
            ("127.9.9.9", nil, "127.9.9.9:9"), ("::1", nil, "[::1]:9"), ("::ffff:127.0.0.1", nil, "127.0.0.1:9"),
            ("128.0.0.1", "128.0.0.1", "128.0.0.1:9"), ("::2", "::/64", "[::2]:9"),
        ] as [(String, String?, String)]
    )
    func blocks(_ text: String, _ block: String?, _ shown: String) throws {
        let client = ClientAddress(try SocketAddress(ipAddress: text, port: 9))
        #expect(client.block?.description == block)
        #expect(client.isOnThisMachine == (block == nil))
        #expect(client.description == shown)
    }

    @Test("A peer on a Unix socket is this machine")
    func unixPeer() throws {
        let peer = ClientAddress(try SocketAddress(unixDomainSocketPath: "/run/x"))
        #expect(peer == .local && peer.block == nil)
        #expect("\(ClientAddress.local)" == "local")
    }

    @Test("Trusted proxies are those that are named")
    func trust() throws {
        var trust = ProxyTrust()
        let peer = ClientAddress(try SocketAddress(ipAddress: "10.1.2.3", port: 1))
        #expect(trust.isEmpty && !trust.includes(peer) && !trust.includes(.local))
        trust.ranges = [try #require(AddressRange("10.0.0.0/8"))]
        #expect(!trust.isEmpty && trust.includes(peer) && !trust.includes(.local))
        trust.includesUnix = true
        #expect(trust.includes(.local))
    }
}

@Suite("What proxies say in headers")
struct ForwardedForTests {
    static let local = "203.0.113.7"

    @Test(
        "X-Forwarded-For is counted from the right, and what is further left is not looked at",
        arguments: [
            (["203.0.113.7"], 1, "203.0.113.7"), (["203.0.113.7:4711"], 1, "203.0.113.7:4711"),
            (["2001:db8::7"], 1, "2001:db8::7"),
            (["[2001:db8::7]"], 1, "2001:db8::7"), (["[2001:db8::7]:9"], 1, "[2001:db8::7]:9"),
            (["6.6.6.6, 203.0.113.7"], 1, "203.0.113.7"), (["6.6.6.6", "203.0.113.7"], 1, "203.0.113.7"),
            (["forged\", ', 203.0.113.7"], 1, "203.0.113.7"), (["6.6.6.6 ,, \t203.0.113.7 "], 1, "203.0.113.7"),
            (["6.6.6.6, 203.0.113.7, 10.0.0.2"], 2, "203.0.113.7"), (["6.6.6.6, 203.0.113.7", "10.0.0.2"], 2, "203.0.113.7"),
            (["203.0.113.7, unknown"], 2, "203.0.113.7"), (["6.6.6.6\u{600}, 203.0.113.7"], 1, "203.0.113.7"),
            (["6.6.6.6,\u{301} 7.7.7.7\u{600},203.0.113.7\u{600},10.0.0.2"], 1, "10.0.0.2"),
        ] as [([String], Int, String)]
    )
    func counted(_ lines: [String], _ hops: Int, _ expected: String) throws {
        #expect(try ForwardedFor.client(in: lines, .xForwardedFor, hops: hops).description == expected)
    }

    @Test(
        "Forwarded is read as RFC 7239 has it, and counted the same",
        arguments: [
            (["for=203.0.113.7"], 1, "203.0.113.7"),
            (["For=\"203.0.113.7:4711\";proto=https;by=10.0.0.1"], 1, "203.0.113.7:4711"),
            (["proto=http; for=\"[2001:db8::7]:4711\""], 1, "[2001:db8::7]:4711"), (["for=[2001:db8::7]"], 1, "2001:db8::7"),
            (["for=6.6.6.6, for=203.0.113.7"], 1, "203.0.113.7"),
            (["for=6.6.6.6;by=\"a,b;c\\\"d\" , for=203.0.113.7"], 1, "203.0.113.7"),
            (["for=6.6.6.6", "for=203.0.113.7,for=10.0.0.2"], 2, "203.0.113.7"),
            (["for=unknown, for=203.0.113.7"], 1, "203.0.113.7"),
        ] as [([String], Int, String)]
    )
    func forwarded(_ lines: [String], _ hops: Int, _ expected: String) throws {
        #expect(try ForwardedFor.client(in: lines, .forwarded, hops: hops).description == expected)
    }

    @Test(
        "What does not name the client is refused",
        arguments: [
            ([], .xForwardedFor, 1, .missing), ([""], .xForwardedFor, 1, .missing), ([" , "], .xForwardedFor, 1, .missing),
            (["203.0.113.7"], .xForwardedFor, 2, .missing), (["unknown"], .xForwardedFor, 1, .malformed),
            (["203.0.113.7, _hidden"], .xForwardedFor, 1, .malformed), (["203.0.113.7:"], .xForwardedFor, 1, .malformed),
            (["203.0.113.7:99999"], .xForwardedFor, 1, .malformed), (["203.0.113.7:-1"], .xForwardedFor, 1, .malformed),
            (["[2001:db8::7"], .xForwardedFor, 1, .malformed), (["[2001:db8::7]x"], .xForwardedFor, 1, .malformed),
            (["[203.0.113.7]:1"], .xForwardedFor, 1, .malformed), (["203.0.113.7 6.6.6.6"], .xForwardedFor, 1, .malformed),
            ([], .forwarded, 1, .missing), (["203.0.113.7"], .forwarded, 1, .malformed),
            (["proto=https"], .forwarded, 1, .malformed),
            (["for=unknown"], .forwarded, 1, .malformed), (["for=_secret"], .forwarded, 1, .malformed),
            (["for="], .forwarded, 1, .malformed),
            (["for=1.2.3.4;for=203.0.113.7"], .forwarded, 1, .malformed), (["for=203.0.113.7;"], .forwarded, 1, .malformed),
            (["for =203.0.113.7"], .forwarded, 1, .malformed), (["for=\"203.0.113.7"], .forwarded, 1, .malformed),
            (["for=\"203.0.113.7\\"], .forwarded, 1, .malformed), (["for=\"203.0.113.7\"x"], .forwarded, 1, .malformed),
        ] as [([String], ForwardedHeader, Int, ForwardedFor.Problem)]
    )
    func refused(_ lines: [String], _ header: ForwardedHeader, _ hops: Int, _ problem: ForwardedFor.Problem) {
        #expect(throws: problem) { try ForwardedFor.client(in: lines, header, hops: hops) }
    }

    @Test(
        "A quotation mark that a client leaves open takes in nothing that the proxy has appended",
        arguments: ["for=203.0.113.7", "for=\"[2001:db8::7]:1\"", "for=203.0.113.7;by=\"[::1]\"", "by=\"x\";for=203.0.113.7"]
    )
    func openQuotation(_ appended: String) {
        for forged in ["for=\"6.6.6.6", "for=6.6.6.6;x=\"", "for=6.6.6.6;x=\"\\", "\"", "for=6.6.6.6;x=\"a\\\""] {
            for lines in [["\(forged), \(appended)"], [forged, appended]] {
                #expect(throws: ForwardedFor.Problem.malformed) { try ForwardedFor.client(in: lines, .forwarded, hops: 1) }
            }
        }
    }
}
