import Foundation
import RelayServer
import RelayWire

/// Keys and tickets that tests need. Times are seconds since 1970; now is ``now``, as the harness has it.
enum TicketSamples {
    static let now: Int64 = 1_000_000

    /// 32 bytes.
    static let secret = base64(Array(0..<32))
    /// Of RFC 8037 appendix A.
    static let privateHalf = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
    static let publicHalf = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

    static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func base64(_ text: String) -> String { self.base64(Array(text.utf8)) }

    static func shared(_ kid: String = "shared", k: String = secret) -> String {
        #"{"kty":"oct","kid":"\#(kid)","alg":"HS256","k":"\#(k)"}"#
    }

    static let curve = #"{"kty":"OKP","crv":"Ed25519","kid":"curve","alg":"EdDSA","x":"\#(publicHalf)"}"#
    static let privateCurve = #"{"kty":"OKP","crv":"Ed25519","kid":"curve","x":"\#(publicHalf)","d":"\#(privateHalf)"}"#

    static func keys(_ keys: String...) async throws -> TicketKeys {
        try await TicketKeys(decoding: Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8))
    }

    /// Both keys, as a relay has them.
    static func policy() async throws -> TicketPolicy {
        TicketPolicy(keys: try await self.keys(self.shared(), self.curve), issuer: "game", audience: "relay", skew: 10)
    }

    /// The claims of a good ticket; a change of nil takes one out. Values are JSON.
    static func claims(_ changes: [String: String?] = [:]) -> String {
        var claims = [
            "sub": #""u-1""#, "name": #""Ann""#, "room": #""lobby""#, "rights": #"["create","play"]"#, "iss": #""game""#,
            "aud": #""relay""#, "exp": "\(self.now + 60)", "nbf": "\(self.now)",
        ]
        for (name, value) in changes { claims[name] = value }
        let members = claims.keys.sorted().map { name in "\"\(name)\":\(claims[name] ?? "")" }
        return "{\(members.joined(separator: ","))}"
    }

    /// Signed by the last key of a set.
    static func sign(_ claims: String, header: String = #"{"alg":"HS256","kid":"shared"}"#, by key: String = shared())
        async throws
        -> [UInt8]
    {
        let issuer = try TicketIssuer(try await self.keys(key))
        return Array((issuer.sign(header: Array(header.utf8), claims: Array(claims.utf8)) ?? "").utf8)
    }
}
