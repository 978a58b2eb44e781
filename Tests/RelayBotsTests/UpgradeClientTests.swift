import RelayBots
import RelayClient
import RelayWire
import Testing

/// An answer to the upgrade, and what it has to come to.
struct AnswerVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var expected: UpgradeClient.Outcome

    init(_ name: String, _ text: String, _ expected: UpgradeClient.Outcome) {
        (self.testDescription, self.text, self.expected) = (name, text, expected)
    }
}

@Suite struct UpgradeClientTests {
    private static let nonce: (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)
    private static let accept = UpgradeClient.accept(for: "AAECAwQFBgcICQoLDA0ODw==")
    private static let good = """
        HTTP/1.1 101 Switching Protocols\r
        Upgrade: websocket\r
        connection: Upgrade\r
        SEC-WEBSOCKET-ACCEPT: \(accept)\r
        Sec-WebSocket-Protocol: tickrelay.v1\r
        \r

        """

    private func client() -> UpgradeClient { UpgradeClient(url: RelayURL(), nonce: Self.nonce) }

    @Test("The accept value of RFC 6455's example, and base64 of every length")
    func acceptValue() {
        #expect(UpgradeClient.accept(for: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(
            ["", "f", "fo", "foo", "foob"].map { UpgradeClient.base64(Array($0.utf8)) } == [
                "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==",
            ])
    }

    @Test("The request has what RFC 6455 section 4.1 asks for")
    func request() {
        let lines = String(decoding: self.client().request, as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.first == "GET / HTTP/1.1")
        #expect(lines.suffix(2) == ["", ""])
        for line in [
            "Host: 127.0.0.1:7777", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==", "Sec-WebSocket-Protocol: tickrelay.v1",
        ] { #expect(lines.contains(Substring(line))) }
    }

    @Test(
        "Answers",
        arguments: [
            AnswerVector("good", good, .upgraded(rest: 0)),
            AnswerVector("good, and bytes behind it", good + "abc", .upgraded(rest: 3)),
            AnswerVector("not whole", String(good.dropLast(1)), .needsMore),
            AnswerVector(
                "another accept", good.replacing(accept, with: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
                .refused("Sec-WebSocket-Accept does not fit the key", retryAfter: nil)
            ),
            AnswerVector(
                "no subprotocol", good.replacing("Sec-WebSocket-Protocol: tickrelay.v1\r\n", with: ""),
                .refused("another subprotocol, or an extension, than was offered", retryAfter: nil)
            ),
            AnswerVector(
                "an extension", good.replacing("\r\n\r\n", with: "\r\nSec-WebSocket-Extensions: x\r\n\r\n"),
                .refused("another subprotocol, or an extension, than was offered", retryAfter: nil)
            ),
            AnswerVector(
                "full", "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n\r\n",
                .refused("HTTP/1.1 503 Service Unavailable", retryAfter: 5000)
            ),
            AnswerVector("not HTTP", "\r\n\r\n", .refused("", retryAfter: nil)),
        ]
    )
    func answers(_ vector: AnswerVector) {
        var client = self.client()
        #expect(Array(vector.text.utf8).withUnsafeBytes { client.receive($0) } == vector.expected)
    }

    @Test("An answer may come byte by byte; one without an end is refused at its bound")
    func pieces() {
        var client = self.client()
        let outcomes = Array(Self.good.utf8).map { byte in [byte].withUnsafeBytes { client.receive($0) } }
        #expect(outcomes.last == .upgraded(rest: 0))
        #expect(outcomes.dropLast().allSatisfy { $0 == .needsMore })

        var endless = self.client()
        let noise = [UInt8](repeating: 65, count: 1 << 20)
        #expect(noise.withUnsafeBytes { endless.receive($0) } == .refused("the answer's head is too long", retryAfter: nil))
    }
}
