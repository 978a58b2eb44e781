import Testing

@testable import RelayServer

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
}
