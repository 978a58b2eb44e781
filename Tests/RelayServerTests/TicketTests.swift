import Foundation
import Glibc
import RelayHosting
import RelayServer
import RelayWire
import Testing

/// A ticket and what comes of it: nil if it is good.
struct TicketVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var claims: String
    var header: String
    var key: String
    var fault: TicketFault?

    init(
        _ name: String, _ changes: [String: String?] = [:], header: String = #"{"alg":"HS256","kid":"shared"}"#,
        key: String = TicketSamples.shared(), _ fault: TicketFault?
    ) {
        (self.testDescription, self.claims, self.fault) = (name, TicketSamples.claims(changes), fault)
        (self.header, self.key) = (header, key)
    }

    static func list(_ count: Int) -> String { "[\(Array(repeating: "1", count: count).joined(separator: ","))]" }

    static let nested = String(repeating: "[", count: 9) + String(repeating: "]", count: 9)
}

@Suite("Tickets")
struct TicketTests {
    private typealias Samples = TicketSamples
    private static let now = TicketSamples.now

    @Test(
        "A ticket is good, or refused for one reason",
        arguments: [
            TicketVector("good", [:], nil),
            TicketVector("EdDSA", header: #"{"alg":"EdDSA","kid":"curve","typ":"JWT"}"#, key: Samples.privateCurve, nil),
            TicketVector("several audiences", ["aud": #"["x","relay"]"#], nil),
            TicketVector("a fraction of a second", ["exp": "1000000.5"], nil),
            TicketVector("expired within the skew", ["exp": "999991"], nil),
            TicketVector("expired", ["exp": "999990"], .expired),
            TicketVector("expires in 2286", ["exp": "9999999999"], nil),
            TicketVector("expires never", ["exp": "1e300"], .malformed),
            TicketVector("expires in milliseconds", ["exp": "1795348800000"], .malformed),
            TicketVector("begins in milliseconds", ["nbf": "1795348800000"], .malformed),
            TicketVector("not yet, within the skew", ["nbf": "1000010"], nil),
            TicketVector("not yet", ["nbf": "1000011"], .notYetValid),
            TicketVector("without nbf", ["nbf": nil], nil),
            TicketVector("no expiry", ["exp": nil], .malformed),
            TicketVector("expiry as text", ["exp": #""1000060""#], .malformed),
            TicketVector("another issuer", ["iss": #""x""#], .otherIssuer),
            TicketVector("no issuer", ["iss": nil], .otherIssuer),
            TicketVector("another audience", ["aud": #""x""#], .otherAudience),
            TicketVector("no audience", ["aud": nil], .otherAudience),
            TicketVector("an empty list of audiences", ["aud": "[]"], .otherAudience),
            TicketVector("an audience that is no text", ["aud": "7"], .malformed),
            TicketVector("no player", ["sub": nil], .malformed),
            TicketVector("an empty player", ["sub": #""""#], .malformed),
            TicketVector("a player of 65 bytes", ["sub": "\"\(String(repeating: "p", count: 65))\""], .malformed),
            TicketVector("a player with a line end", ["sub": #""a\nb""#], .malformed),
            TicketVector("no name", ["name": nil], nil),
            TicketVector("a name of 16 four-byte letters", ["name": "\"\(String(repeating: "🛰", count: 16))\""], nil),
            TicketVector("a name of 65 bytes", ["name": "\"\(String(repeating: "n", count: 65))\""], .malformed),
            TicketVector("a name that turns direction", ["name": #""a\u202eb""#], .malformed),
            TicketVector("no room", ["room": nil], .malformed),
            TicketVector("an empty room", ["room": #""""#], .malformed),
            TicketVector("a room of 65 bytes", ["room": "\"\(String(repeating: "r", count: 65))\""], .malformed),
            TicketVector("for rooms of a type", ["type": #""duel""#], nil),
            TicketVector("for rooms of no type", ["type": #""""#], .malformed),
            TicketVector("no rights", ["rights": nil], .malformed),
            TicketVector("rights as text", ["rights": #""play""#], .malformed),
            TicketVector("a right of a later version", ["rights": #"["play","fly"]"#], nil),
            TicketVector("claims of others", ["x": #"{"y":[1]}"#, "jti": "7"], nil),
            TicketVector("a name twice", header: #"{"alg":"HS256","kid":"shared","alg":"none"}"#, .malformed),
            TicketVector("a claim twice", ["x": #"1,"x":2"#], .malformed),
            TicketVector("64 elements of a claim", ["x": TicketVector.list(64)], nil),
            TicketVector("65 elements of a claim", ["x": TicketVector.list(65)], .malformed),
            TicketVector("brackets in a text", ["x": #""[[[[[[[[[[\"[[[""#], nil),
            TicketVector("nested", ["x": TicketVector.nested], .tooDeep),
            TicketVector("too long", ["x": "\"\(String(repeating: "x", count: 4096))\""], .tooLong),
            TicketVector("alg none", header: #"{"alg":"none","kid":"shared"}"#, .unsigned),
            TicketVector("alg nOnE", header: #"{"alg":"nOnE"}"#, .unsigned),
            TicketVector("no alg", header: #"{"kid":"shared"}"#, .malformed),
            TicketVector("a header that is no object", header: "7", .malformed),
            TicketVector("a nested header", header: #"{"alg":"HS256","x":\#(TicketVector.nested)}"#, .tooDeep),
            TicketVector(
                "extensions that must be understood", header: #"{"alg":"HS256","kid":"shared","crit":["x"]}"#, .malformed),
            TicketVector("an unknown key", header: #"{"alg":"HS256","kid":"x"}"#, .unknownKey),
            TicketVector("no kid among several keys", header: #"{"alg":"HS256"}"#, .unknownKey),
            TicketVector("HS512", header: #"{"alg":"HS512","kid":"shared"}"#, .wrongAlgorithm),
            TicketVector(
                "HS256 by the public half", header: #"{"alg":"HS256","kid":"curve"}"#,
                key: Samples.shared("curve", k: Samples.publicHalf), .wrongAlgorithm),
            TicketVector(
                "HS256 by the public half, called EdDSA", header: #"{"alg":"EdDSA","kid":"curve"}"#,
                key: Samples.shared("curve", k: Samples.publicHalf), .badSignature),
            TicketVector(
                "EdDSA for the shared key", header: #"{"alg":"EdDSA","kid":"shared"}"#, key: Samples.privateCurve,
                .wrongAlgorithm),
            TicketVector("another secret", key: Samples.shared(k: Samples.base64(Array(32..<64))), .badSignature),
        ]
    )
    func judges(_ vector: TicketVector) async throws {
        let policy = try await Samples.policy()
        let ticket = try await Samples.sign(vector.claims, header: vector.header, by: vector.key)
        #expect(Self.fault(policy, ticket) == vector.fault)
    }

    private static func refused(_ policy: TicketPolicy, _ ticket: [UInt8]) -> RefusedTicket? {
        do throws(RefusedTicket) {
            _ = try policy.verify(ticket, at: Samples.now)
            return nil
        } catch {
            return error
        }
    }

    private static func fault(_ policy: TicketPolicy, _ ticket: [UInt8]) -> TicketFault? { self.refused(policy, ticket)?.fault }

    @Test(
        "What is wrong with claims is said by name, and fits into a close frame",
        arguments: [
            (["exp": nil], "exp is missing"), (["sub": nil], "sub is missing"), (["rights": nil], "rights is missing"),
            (["rights": #""play""#], "rights is of the wrong type"), (["exp": #""1000060""#], "exp is of the wrong type"),
            (["name": "\"\(String(repeating: "n", count: 65))\""], "name must have up to 64 bytes, all to be seen"),
            (["sub": #""""#], "sub must have 1 to 64 bytes, all to be seen"), (["type": #""""#], "type must have 1 to 32 bytes"),
            (["room": #""""#], "room must have 1 to 64 bytes"),
            (["exp": "1795348800000"], "exp must be in seconds, and before the year 2286"),
        ] as [([String: String?], String)])
    func names(_ changes: [String: String?], _ detail: String) async throws {
        let ticket = try await Samples.sign(Samples.claims(changes))
        let refused = Self.refused(try await Samples.policy(), ticket)
        #expect(refused?.detail == detail && refused?.sentence == "The ticket's \(detail): see SPEC.md section 19.")
        #expect(refused.map { $0.sentence.utf8.count <= WebSocketEncoder.maximumReasonBytes } == true)
    }

    @Test(
        "The log learns which kid is unknown, escaped; a missing one and a line end are named; unsigned claims are not looked at")
    func details() async throws {
        let policy = try await Samples.policy()
        func detail(_ ticket: [UInt8]) -> String? { Self.refused(policy, ticket)?.detail }
        let strange = try await Samples.sign(Samples.claims(), header: #"{"alg":"HS256","kid":"a\u001b\u202eb"}"#)
        #expect(detail(strange) == #"kid 'a\u{1b}\u{202e}b' is not among the relay's keys"#)
        #expect(Self.refused(policy, strange)?.sentence == TicketFault.unknownKey.sentence)
        let nameless = try await Samples.sign(Samples.claims(), header: #"{"alg":"HS256"}"#)
        #expect(detail(nameless) == "kid is missing, and there are several keys")
        #expect(detail(try await Samples.sign(Samples.claims()) + [0x0A]) == "text has a line end or a space in it")
        let forged = try await Samples.sign(Samples.claims(["exp": nil]), by: Samples.shared(k: Samples.base64(Array(32..<64))))
        #expect(Self.refused(policy, forged) != nil && detail(forged) == nil)
    }

    @Test(
        "What is no JWT is malformed, whatever it is",
        arguments: [
            "", ".", "..", "...", "a", "e30", "e30.e30", "e30.e30.e30.e30", "e30=.e30.e30", "e30.e30.e3 0", "é.e30.e30",
            "e.e30.e30",
            "\u{0}.\u{0}.\u{0}",
        ])
    func malformed(_ text: String) async throws {
        #expect(Self.fault(try await Samples.policy(), Array(text.utf8)) == .malformed)
    }

    @Test("Whatever is cut off a good ticket, or changed in it, it is refused")
    func damaged() async throws {
        let policy = try await Samples.policy()
        let ticket = try await Samples.sign(Samples.claims())
        for count in 0..<ticket.count { #expect(Self.fault(policy, Array(ticket[..<count])) != nil) }
        for index in ticket.indices {
            var changed = ticket
            changed[index] = ticket[index] == UInt8(ascii: "A") ? UInt8(ascii: "Q") : UInt8(ascii: "A")
            #expect(Self.fault(policy, changed) != nil)
        }
    }

    @Test("A ticket is UTF-8, where the byte of a quotation mark is one, and hides no brackets")
    func encoding() async throws {
        let header = #"{"alg":"HS256","kid":"shared","x":"≀","y":\#(TicketVector.nested)}"#
        let wide = header.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let issuer = try TicketIssuer(try await Samples.keys(Samples.shared()))
        let ticket = try #require(issuer.sign(header: wide, claims: Samples.claims().utf8))
        #expect(Self.fault(try await Samples.policy(), Array(ticket.utf8)) == .malformed)
    }

    @Test("A ticket says who, where and what")
    func contents() async throws {
        let policy = try await Samples.policy()
        let bytes = try await Samples.sign(Samples.claims(["rights": #"["kick","host","spectate","create"]"#]))
        let ticket = try policy.verify(bytes, at: Self.now)
        #expect(ticket.identity == PlayerIdentity(player: "u-1", name: "Ann", rights: [.kick, .host, .spectate, .create]))
        #expect(ticket.rooms.text == "lobby")
    }

    @Test("What is minted is accepted, by the newest key that can sign or the one that is named")
    func mints() async throws {
        let keys = try await Samples.keys(
            Samples.shared("old"), Samples.privateCurve, Samples.shared("new"), Samples.curve.replacing("curve", with: "half"))
        var policy = TicketPolicy(keys: keys)
        let ticket = Ticket(
            identity: PlayerIdentity(player: "p", name: "", rights: [.play, .host]), rooms: try #require(RoomPattern("a*")))
        for (kid, found) in [(nil, "new"), ("curve", "curve"), ("old", "old")] as [(String?, String)] {
            let text = try #require(try TicketIssuer(keys, identifier: kid).mint(ticket, begins: Self.now, lifetime: 60))
            let padded = text.prefix { $0 != "." } + String(repeating: "=", count: (4 - text.prefix { $0 != "." }.count % 4) % 4)
            let header = String(decoding: try #require(Data(base64Encoded: String(padded))), as: UTF8.self)
            #expect(header.contains("\"\(found)\""))
            #expect(try policy.verify(Array(text.utf8), at: Self.now) == ticket)
            let late = #expect(throws: RefusedTicket.self) { try policy.verify(Array(text.utf8), at: Self.now + 90) }
            #expect(late?.fault == .expired)
        }
        #expect(throws: TicketKeys.Refused.self) { _ = try TicketIssuer(keys, identifier: "half") }
        var issuer = try TicketIssuer(keys)
        (issuer.issuer, issuer.audience, policy.issuer, policy.audience) = ("i", "a", "i", "a")
        let text = try #require(issuer.mint(ticket, begins: Self.now, lifetime: 60))
        #expect(try policy.verify(Array(text.utf8), at: Self.now) == ticket)
    }

    @Test(
        "A pattern of rooms is a name, or what names begin with",
        arguments: [
            ("lobby", "lobby", true), ("lobby", "lobby2", false), ("lobby", "Lobby", false), ("a*", "a", true),
            ("a*", "ab", true),
            ("a*", "b", false), ("*", "anything", true), ("a*b", "axb", false), ("a*b", "a*b", true), ("é", "e\u{301}", false),
        ])
    func patterns(_ pattern: String, _ room: String, _ matches: Bool) throws {
        #expect(try #require(RoomPattern(pattern)).matches(room) == matches)
    }

    @Test(
        "A set of keys is used whole or refused with a sentence that tells nothing of it",
        arguments: [
            "", "{", "[]", #"{"keys":7}"#, #"{"keys":[]}"#, #"{"keys":[{"kty":"RSA","kid":"r","n":"AQAB"}]}"#,
            #"{"keys":[\#(Samples.shared("a")),\#(Samples.shared("a"))]}"#, #"{"keys":[\#(Samples.shared(""))]}"#,
            #"{"keys":[{"kty":"oct","k":"\#(Samples.secret)"}]}"#,
            #"{"keys":[\#(Samples.shared("a", k: Samples.base64(Array(0..<31))))]}"#,
            #"{"keys":[\#(Samples.shared("a", k: "*"))]}"#,
            #"{"keys":[{"kty":"oct","kid":"a","alg":"HS512","k":"\#(Samples.secret)"}]}"#,
            #"{"keys":[{"kty":"oct","kid":"a","alg":"EdDSA","k":"\#(Samples.secret)"}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a"}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AAAA"}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"\#(Samples.secret)","d":"\#(Samples.privateHalf)"}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"Ed448","kid":"a","x":"\#(Samples.publicHalf)"}]}"#,
        ])
    func refusesKeys(_ text: String) async {
        do {
            _ = try await TicketKeys(decoding: Array(text.utf8))
            Issue.record("taken: \(text)")
        } catch {
            #expect(!"\(error)".contains(Samples.secret) && "\(error)".count > 10)
        }
    }

    @Test("Keys of other kinds and uses are left out")
    func leavesOut() async throws {
        let rsa = #"{"kty":"RSA","kid":"r","n":"AQAB","e":"AQAB"}"#
        let sealing = #"{"kty":"oct","kid":"e","use":"enc","k":"\#(Samples.secret)"}"#
        #expect(try await Samples.keys(rsa, Samples.curve, sealing).keys.map(\.identifier) == ["curve"])
    }

    @Test("Who replaces a key file leaves it to whom it was: root's rotation locks no relay out, and gives no secret to others")
    func keepsOwner() throws {
        let directory = try TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let path = "\(directory.path)/keys"
        let file = TicketKeyFile(path)
        var set = JWKSet()
        _ = set.add(.edDSA)
        let half = try #require(set.publicHalf)
        try file.write(half, isNew: true)
        let isRoot = geteuid() == 0
        for (mode, isSecret, expected) in [
            (0o640, true, 0o640), (0o644, false, 0o644), (0o644, true, 0o640), (0o600, true, 0o600),
        ]
            as [(mode_t, Bool, mode_t)]
        {
            #expect(chmod(path, mode) == 0 && (!isRoot || chown(path, 4711, 4712) == 0))
            try file.write(isSecret ? set : half, isNew: false)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == expected)
            #expect(!isRoot || status.st_uid == 4711 && status.st_gid == 4712)
        }
    }

    @Test("Keys are made, rotated and removed in a file that is its owner's alone")
    func files() async throws {
        let directory = try TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let file = TicketKeyFile("\(directory.path)/keys")
        var set = JWKSet()
        let first = set.add(.edDSA)
        try file.write(set, isNew: true)
        #expect(throws: TicketKeys.Refused.self) { try file.write(set, isNew: true) }
        let second = set.add(.hs256)
        try file.write(set, isNew: false)
        let mode = try #require(FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int)
        #expect(mode == 0o600)
        #expect(try await file.load().keys.map(\.identifier) == [first, second])
        #expect(set.publicHalf == nil)
        #expect(set.remove(second) && !set.remove(second))
        let half = try #require(set.publicHalf)
        #expect(!half.isSecret && set.isSecret)
        #expect(half.isForRelays && !set.isForRelays && !JWKSet().isForRelays)
        for (mode, isTaken) in [(0o600, true), (0o640, true), (0o644, false), (0o660, false), (0o602, false)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            let bytes = try? file.read()
            #expect((bytes != nil) == isTaken, "mode \(mode)")
        }
        await #expect(throws: TicketKeys.Refused.self) { _ = try await TicketKeyFile(directory.path).load() }
        await #expect(throws: TicketKeys.Refused.self) { _ = try await TicketKeyFile(directory.path + "/none").load() }
    }
}
