import RelayServer
import Testing

@Suite("Which pages may connect")
struct OriginTests {
    @Test(
        "Only the host itself counts, whatever stands around it",
        arguments: [
            ("http://127.0.0.1:3000", true), ("http://localhost", true), ("http://[::1]:80", true), ("https://a.localhost", true),
            ("http://game.example:8080", true), ("http://127.0.0.1.evil.example", false), ("http://evil.example", false),
            ("http://127.0.0.1@evil.example", false), ("http://127.0.0.1:80@evil.example", false),
            ("http://127.0.0.1:80#@evil.example", false), ("http://game.example:8080/@evil.example", false), ("null", false),
            ("127.0.0.1", false), ("http://", false), ("http://:80", false), ("http://[::1", false),
        ]
    )
    func judged(_ origin: String, _ isAllowed: Bool) {
        #expect(AllowedOrigins().allow(origin, host: "game.example:7777", onLoopback: true) == isAllowed)
    }

    @Test(
        "A host and a port, and nothing that could be taken for two hosts",
        arguments: [
            ("a", "a", ""), ("A.Example:80", "a.example", "80"), ("a:", "a", ""), ("127.0.0.1:65535", "127.0.0.1", "65535"),
            ("[::1]", "[::1]", ""), ("[2001:DB8::1]:7778", "[2001:db8::1]", "7778"), ("a_b-c.1", "a_b-c.1", ""),
        ] as [(String, String, String)]
    )
    func authorities(_ text: String, _ host: String, _ port: String) throws {
        let authority = try #require(Authority(text))
        #expect(authority.host == host && authority.port == port)
    }

    @Test(
        "What is no authority",
        arguments: [
            "", ":", ":80", "a:b", "a:8 0", "a:123456", "a:1:2", "a b", "a/", "a?", "a#", "a@b", "a\\b", "a,b c", "größe", "[::1",
            "[]",
            "[::1]x", "[::1]:x", "[127.0.0.1]", "[a]", "::1", "a\0", "a\r",
        ]
    )
    func noAuthorities(_ text: String) { #expect(Authority(text) == nil) }

    @Test(
        "Which hosts are this machine, and which are addresses",
        arguments: [
            ("localhost", true, false), ("LOCALHOST:1", true, false), ("a.localhost", true, false), ("127.0.0.1", true, true),
            ("127.255.0.9:80", true, true), ("[::1]:80", true, true), ("[::]", false, true), ("0.0.0.0", false, true),
            ("10.0.0.1", false, true), ("128.0.0.1", false, true), ("127.0.0.1.evil.example", false, false),
            ("127.1", false, false),
            ("localhost.evil.example", false, false), ("notlocalhost", false, false), ("0x7f.0.0.1", false, false),
        ] as [(String, Bool, Bool)]
    )
    func loopback(_ text: String, _ isLoopback: Bool, _ isAddress: Bool) throws {
        let authority = try #require(Authority(text))
        #expect(authority.isLoopback == isLoopback && authority.isAddress == isAddress)
    }
}
