// modules: RelayWire RelayWireJSON RelayCore RelayHosting RelayWeb RelayServer
// others: Crypto
// planted: Sources/RelayServer/Tickets/TicketPolicy.swift | guard header.alg == key.algorithm.name else { throw RefusedTicket(.wrongAlgorithm) } | // nothing
// planted: Sources/RelayServer/Tickets/TicketPolicy.swift | guard now >= (claims.nbf ?? now) - skew else | guard now >= (claims.nbf ?? now) - skew * skew else
// planted: Sources/RelayServer/Tickets/TicketJWK.swift | , secret.count >= Self.secretBytes else | else
import Crypto
import Dispatch
import Foundation
import RelayHosting
import RelayServer
import RelayWire
import RelayWireJSON
import Synchronization

/// Tickets, as anybody may show them, and the files of keys. Whoever is admitted has a ticket that a key of the set has signed, by that key's
/// algorithm, and a second JSON parser reads the same in it; what is minted is admitted as it was minted; any file is refused or has keys that work.
enum Target: FuzzTarget {
    private static let now: Int64 = 1_000_000
    private static let skew = 10
    private static let secret: [UInt8] = Array(0..<32)
    private static let curve = Array(repeating: UInt8(7), count: 32)
    private static let publicHalf: [UInt8] = {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: Self.curve) else {
            fatalError("32 bytes are a key")
        }
        return Array(key.publicKey.rawRepresentation)
    }()

    private static func oct(_ kid: String, _ k: [UInt8]) -> String {
        #"{"kty":"oct","kid":"\#(kid)","alg":"HS256","k":"\#(self.base64(k))"}"#
    }

    private static func okp(_ kid: String, x: [UInt8], d: [UInt8]? = nil) -> String {
        let d = d.map { #","d":"\#(self.base64($0))""# } ?? ""
        return #"{"kty":"OKP","crv":"Ed25519","kid":"\#(kid)","x":"\#(self.base64(x))"\#(d)}"#
    }

    private static func set(_ keys: String...) -> [UInt8] { Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8) }

    private static let policy: TicketPolicy = {
        guard let keys = Self.keys(Self.set(Self.oct("shared", Self.secret), Self.okp("curve", x: Self.publicHalf))) else {
            fatalError("a set of two keys")
        }
        return TicketPolicy(keys: keys, issuer: "game", audience: "relay", skew: Self.skew)
    }()

    /// Those of the set first; then a stranger's, and the public key as a secret.
    private static let issuers: [TicketIssuer] = {
        let all = [
            Self.oct("shared", Self.secret), Self.okp("curve", x: Self.publicHalf, d: Self.curve),
            Self.oct("shared", Self.secret.reversed()), Self.oct("shared", Self.publicHalf),
            Self.oct("shared", Array(Self.base64(Self.publicHalf).utf8)),
        ]
        return all.compactMap { key in
            guard let keys = Self.keys(Self.set(key)), var issuer = try? TicketIssuer(keys) else {
                fatalError("a key that signs")
            }
            (issuer.issuer, issuer.audience) = ("game", "relay")
            return issuer
        }
    }()

    static let words = [
        #""alg":"#, #""HS256""#, #""EdDSA""#, #""none""#, #""kid":"#, #""shared""#, #""curve""#, #""crit":[]"#, #""exp":"#,
        #""nbf":"#, #""iss":"#,
        #""aud":"#, #""sub":"#, #""room":"#, #""rights":["play"]"#, #""type":"#, #""name":"#, #""keys":["#, #""kty":"oct""#,
        #""k":"#, #""d":"#,
        #""x":"#, #""use":"sig""#, "1e308", "-1", "[[", "]]", "\\u0000", "null", ".", "eyJ",
    ]

    private static let claims =
        #"{"sub":"u-1","name":"Ann","room":"lobby","rights":["create","play"],"iss":"game","aud":"relay","exp":1000060,"nbf":1000000}"#
    private static let heads = [
        #"{"alg":"HS256","kid":"shared"}"#, #"{"alg":"EdDSA","kid":"curve"}"#, #"{"alg":"none"}"#,
        #"{"alg":"EdDSA","kid":"curve","crit":["x"]}"#, #"{"alg":"HS256","kid":"curve"}"#,
    ]

    static func seeds() throws -> [[UInt8]] {
        var seeds: [[UInt8]] = []
        for (number, head) in self.heads.enumerated() {
            for key in [number & 1, number & 1 + 2] { seeds.append(self.seed(head, self.claims, key)) }
        }
        for body in self.otherClaims { seeds.append(self.seed(self.heads[0], body, 0)) }
        seeds.append(self.seed(self.heads[1].replacing("curve", with: "shared"), self.claims, 3))
        // As UTF-16, where a character may have the byte of a quotation mark.
        let hidden = #"{"alg":"HS256","kid":"shared","x":"≀","y":[[[[[[[[[]]]]]]]]]}"#
        let wide: [UInt8] = hidden.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        seeds.append(wide + self.seed("", self.claims, 0))
        seeds.append(Array((self.issuers[0].sign(header: self.heads[0].utf8, claims: self.claims.utf8) ?? "").utf8) + [0])
        seeds.append(Array("u-1\nAnn\nlobby\ncreate,play".utf8) + [3])
        seeds.append(Array("ü\n\nroom*\nhost,kick,spectate".utf8) + [3])
        for set in self.sets { seeds.append(set + [2]) }
        return seeds
    }

    private static func seed(_ head: String, _ claims: String, _ key: Int) -> [UInt8] {
        Array("\(head)\n\(claims)".utf8) + [0, 0, 0, UInt8(key), 1]
    }

    private static let otherClaims = [
        #"{"sub":"u","room":"a*","rights":[],"iss":"game","aud":["x","relay"],"exp":1e9}"#, #"{"exp":null}"#,
        claims.replacing("}", with: #","x":[[[[[[[]]]]]]]}"#), claims.replacing("}", with: #","x":[[[[[[[[]]]]]]]]}"#),
        claims.replacing("}", with: #","type":"x"}"#), claims.replacing("nbf\":1000000", with: "nbf\":1000010"),
    ]

    private static let sets: [[UInt8]] = [
        Self.set(Self.oct("a", Self.secret), Self.okp("b", x: Self.publicHalf)),
        Self.set(Self.okp("b", x: Self.publicHalf, d: Self.curve)), Self.set(Self.okp("b", x: Self.secret, d: Self.curve)),
        Self.set(Self.oct("a", Self.secret), Self.oct("a", Self.secret)),
        Self.set(Self.oct("a", [1]), #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#), Self.set(), Array("[]".utf8),
    ]

    static func run(_ input: [UInt8]) {
        var bytes = input
        switch bytes.takeLast() & 3 {
        case 0: self.show(bytes, at: self.now)
        case 1: self.showSigned(bytes)
        case 2: self.load(bytes)
        default: self.mint(bytes)
        }
    }

    // MARK: Tickets

    /// A header, a line end and claims, signed by one key or another; then a byte of the ticket is changed.
    private static func showSigned(_ input: [UInt8]) {
        var bytes = input
        let (choice, time) = (Int(bytes.takeLast()) % self.issuers.count, Int(bytes.takeLast()))
        let (place, mask) = (Int(bytes.takeLast()), bytes.takeLast())
        let end = bytes.lastIndex(of: 10) ?? bytes.endIndex
        guard let text = self.issuers[choice].sign(header: bytes[..<end], claims: bytes[end...].dropFirst()) else { return }
        var ticket = Array(text.utf8)
        ticket[place * ticket.count / 256] ^= mask
        let times = [self.now, 0, -1, .max, .min, self.now + 69, self.now + 70, self.now - 10, self.now - 11]
        let isAdmitted = self.show(ticket, at: times[time % times.count])
        expect(!isAdmitted || choice < 2, "nobody is admitted by a key that is not of the set")
    }

    /// Whether a ticket lets its holder in.
    @discardableResult
    private static func show(_ ticket: [UInt8], at now: Int64) -> Bool {
        guard let admitted = try? self.policy.verify(ticket, at: now) else { return false }
        let parts = ticket.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard ticket.count <= WireLimits.ticketBytes, parts.count == 3, let signature = self.bytes(parts[2]) else {
            fatalError("NOT HELD: a ticket is three parts of base64url")
        }
        let signed = Data(ticket[..<(parts[2].startIndex - 1)])
        expect(self.isByCurve(signature, signed) || self.isBySecret(signature, signed), "a key of the set has signed it")
        // Foundation refuses a whole text for a number beyond a Double, or half of a surrogate pair, in what nobody looks at.
        guard let header = self.json(parts[0]), let claims = self.json(parts[1]) else { return true }
        let isCurve = header["kid"] as? String == "curve"
        if self.escapesNames(parts[0]) { return true }
        expect(isCurve || header["kid"] as? String == "shared", "an admitted ticket names a key of the set")
        expect(header["alg"] as? String == (isCurve ? "EdDSA" : "HS256"), "an admitted ticket names its key's algorithm")
        expect(isCurve ? self.isByCurve(signature, signed) : self.isBySecret(signature, signed), "a key of the set has signed it")
        expect(self.depth(header) <= 8 && self.depth(claims) <= 8, "an admitted ticket is not deep")
        // Of a name that is written with escapes and stands twice, readers may take one or the other.
        if !self.escapesNames(parts[1]) { self.expectRightful(claims, admitted, at: now) }
        return true
    }

    private static func escapesNames(_ part: ArraySlice<UInt8>) -> Bool {
        var text = JSONText()
        guard let bytes = self.bytes(part).map({ Array($0) }), (try? text.read(bytes.span)) != nil else { return false }
        var place = 1
        while place + 1 < text.tokens.count {
            if text.tokens[place].isEscaped { return true }
            place = text.tokens[place + 1].next
        }
        return false
    }

    private static func isBySecret(_ signature: Data, _ signed: Data) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: signed, using: SymmetricKey(data: self.secret))
    }

    private static func isByCurve(_ signature: Data, _ signed: Data) -> Bool {
        (try? Curve25519.Signing.PublicKey(rawRepresentation: self.publicHalf))?.isValidSignature(signature, for: signed) ?? false
    }

    private static func expectRightful(_ claims: [String: Any], _ ticket: Ticket, at now: Int64) {
        func number(_ name: String) -> Double? { (claims[name] as? NSNumber)?.doubleValue }
        let (now, skew) = (Double(now), Double(self.skew))
        let audience = claims["aud"] as? [Any] ?? [claims["aud"] as Any]
        expect(claims["iss"] as? String == "game", "the issuer is trusted")
        expect(audience.contains { $0 as? String == "relay" }, "the audience is this relay")
        expect(number("exp").map { now < $0 + skew && $0 < 1e10 } ?? false, "it is not expired, and its end is in seconds")
        expect(number("nbf").map { now >= $0 - skew } ?? true, "it is valid already")
        expect(claims["type"] as? String == ticket.type, "it is for rooms of the type that it says")
        expect(
            claims["sub"] as? String == ticket.identity.player && claims["room"] as? String == ticket.rooms.text,
            "it is whose it says")
        let rights = Set((claims["rights"] as? [Any] ?? []).compactMap { $0 as? String })
        expect(
            PlayerIdentity.Rights.named.allSatisfy { rights.contains($0.name) == ticket.identity.rights.contains($0.right) },
            "it gives its rights")
    }

    /// Who, what name, which rooms and rights: four lines.
    private static func mint(_ input: [UInt8]) {
        let lines = input.split(separator: 10, maxSplits: 3, omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard lines.count == 4, let ticket = try? Ticket(player: lines[0], name: lines[1], room: lines[2], rights: lines[3])
        else { return }
        for issuer in self.issuers.prefix(2) {
            guard let text = issuer.mint(ticket, begins: self.now, lifetime: 60) else { continue }
            guard let admitted = try? self.policy.verify(Array(text.utf8), at: self.now) else {
                fatalError("NOT HELD: what is minted is admitted")
            }
            expect(
                admitted == ticket && Array(admitted.identity.name.utf8) == Array(ticket.identity.name.utf8),
                "what is minted is admitted as it was")
        }
    }

    // MARK: Files of keys

    private static func load(_ file: [UInt8]) {
        guard let keys = self.keys(file) else { return }
        guard let set = try? JWKSet(decoding: file) else { fatalError("NOT HELD: keys are of a set") }
        let identifiers = keys.keys.map(\.identifier)
        expect((1...TicketKeys.maximumKeys).contains(keys.keys.count), "keys are bounded")
        expect(
            Set(identifiers).count == identifiers.count && identifiers.allSatisfy { (1...64).contains($0.utf8.count) },
            "each has a name of its own")
        expect(set.isSecret || !keys.keys.contains { $0.isPrivate }, "what is not secret cannot sign")
        for key in set.keys where key.kty == "oct" && identifiers.contains(key.kid ?? "") && key.use ?? "sig" == "sig" {
            let count = key.k.flatMap { self.bytes(Array($0.utf8)[...]) }?.count ?? 0
            expect(count >= 32, "a secret that can be guessed is refused: \(count) bytes")
        }
        guard let again = self.keys(Array(set.text.utf8)) else { fatalError("NOT HELD: a set that is written can be read") }
        expect(again.keys.map(\.identifier) == identifiers, "a set that is written is read as the same")
        let half = set.publicHalf.flatMap { half in
            expect(!half.isSecret, "a public half is not secret")
            guard let keys = self.keys(Array(half.text.utf8)) else { fatalError("NOT HELD: a public half can be read") }
            return keys
        }
        for key in keys.keys.prefix(2) where key.isPrivate { self.use(key, of: keys, half) }
    }

    /// A key that can sign has its tickets admitted by its set, and by the public half of it.
    private static func use(_ key: TicketKey, of keys: TicketKeys, _ half: TicketKeys?) {
        let identity = PlayerIdentity(player: "u", name: "", rights: .play)
        guard let rooms = RoomPattern("a"), let issuer = try? TicketIssuer(keys, identifier: key.identifier),
            let text = issuer.mint(Ticket(identity: identity, rooms: rooms), begins: self.now, lifetime: 60)
        else { fatalError("NOT HELD: a private key signs") }
        for set in [keys, half].compactMap({ $0 }) {
            let admitted = try? TicketPolicy(keys: set).verify(Array(text.utf8), at: self.now)
            expect(admitted?.identity == identity, "what a key has signed is admitted by its set, and by the public half")
        }
    }

    private static func keys(_ file: [UInt8]) -> TicketKeys? {
        let (found, done) = (Box(), DispatchSemaphore(value: 0))
        Task.detached {
            let keys = try? await TicketKeys(decoding: file)
            found.keys.withLock { $0 = keys }
            done.signal()
        }
        done.wait()
        return found.keys.withLock { $0 }
    }

    private final class Box: Sendable {
        let keys = Mutex<TicketKeys?>(nil)
    }

    // MARK: A second reader

    private static func bytes(_ part: ArraySlice<UInt8>) -> Data? {
        let text = String(decoding: part, as: UTF8.self).replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4))
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func json(_ part: ArraySlice<UInt8>) -> [String: Any]? {
        self.bytes(part).flatMap { try? JSONSerialization.jsonObject(with: $0) as? [String: Any] }
    }

    private static func depth(_ json: Any) -> Int {
        switch json {
        case let object as [String: Any]: 1 + (object.values.map { self.depth($0) }.max() ?? 0)
        case let array as [Any]: 1 + (array.map { self.depth($0) }.max() ?? 0)
        default: 0
        }
    }
}
