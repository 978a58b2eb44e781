import Crypto
import FoundationEssentials
import NIOHTTP1
import RelayWeb
import RelayWire
import RelayWireJSON

/// An upgrade that is granted.
package struct AcceptedUpgrade: Equatable, Sendable {
    /// Sec-WebSocket-Accept.
    var accept: String
    var subprotocol: Subprotocol
    /// What the URL said already.
    var opening: JSONOpening?
    /// Of `Authorization: Bearer`. Secret: never logged.
    var ticket: [UInt8]?

    init(accept: String, subprotocol: Subprotocol, opening: JSONOpening?, ticket: [UInt8]? = nil) {
        (self.accept, self.subprotocol, self.opening, self.ticket) = (accept, subprotocol, opening, ticket)
    }

    /// One of a client that offers `tickrelay.v1`.
    package init(accept: String) {
        self.init(accept: accept, subprotocol: .binary, opening: nil)
    }
}

/// Decides how the first request of a connection is answered. A pure function of the request, its settings and two facts.
package struct UpgradePolicy: Sendable {
    var allowedOrigins: AllowedOrigins
    var retryAfterMilliseconds: Int

    /// Those of SPEC section 2: an upgrade offers one of them.
    static let subprotocols = [WireLimits.subprotocol, WireLimits.jsonSubprotocol]

    package init(allowedOrigins: AllowedOrigins, retryAfterMilliseconds: Int) {
        (self.allowedOrigins, self.retryAfterMilliseconds) = (allowedOrigins, retryAfterMilliseconds)
    }

    /// What the caller must do.
    enum Decision: Equatable, Sendable {
        /// Send 101; the bytes behind the request are WebSocket.
        case upgrade(AcceptedUpgrade)
        /// It does not ask for a WebSocket.
        case noUpgrade
        /// Send this, count the reason, close.
        case refuse(HTTPAnswer, FrontDoorCounters.Reason)
    }

    /// - Parameters:
    ///   - head: The request.
    ///   - onLoopback: Whether only this machine can ask: we listen on a loopback address, and no proxy is in between.
    ///   - limit: What refuses upgrades from this client, whatever the request.
    func decide(_ head: HTTPRequestHead, onLoopback: Bool, limit: Obstacle?) -> Decision {
        guard Self.namesOneHost(head) else {
            let text = "A request names the host that it is for in one Host header, as RFC 9112 section 3.2 has it."
            return .refuse(HTTPAnswer(400, "Bad Request", text), .requestMalformed)
        }
        guard Self.tokens(head.headers, "upgrade").contains("websocket") else { return .noUpgrade }
        if let obstacle = self.obstacle(head, onLoopback: onLoopback, limit: limit) {
            return .refuse(obstacle.answer(retryAfter: self.retryAfterMilliseconds), obstacle.refusal.counter)
        }
        return self.judgeHandshake(head)
    }

    /// What stands in the way of an upgrade from the same page.
    func obstacle(_ head: HTTPRequestHead, onLoopback: Bool, limit: Obstacle?) -> Obstacle? {
        if let limit { return limit }
        let origins = head.headers["origin"]
        let host = head.headers.first(name: "host")
        let isAllowed = origins.count <= 1 && self.allowedOrigins.allow(origins.first, host: host, onLoopback: onLoopback)
        return isAllowed ? nil : .origin
    }

    /// A proxy in between could take a request with two hosts for one to another server. HTTP/1.0 may name none.
    private static func namesOneHost(_ head: HTTPRequestHead) -> Bool {
        let hosts = head.headers["host"]
        if hosts.isEmpty { return head.version == .http1_0 }
        return hosts.count == 1 && Authority(hosts[0]) != nil
    }

    /// RFC 6455 §4.2.1, and the subprotocol of SPEC section 2.
    private func judgeHandshake(_ head: HTTPRequestHead) -> Decision {
        func refuse(_ text: String) -> Decision { .refuse(HTTPAnswer(400, "Bad Request", text), .refusedUpgrade) }
        guard head.method == .GET, head.version == .http1_1 else { return refuse("Upgrade with a GET of HTTP/1.1.") }
        guard Self.tokens(head.headers, "connection").contains("upgrade") else {
            return refuse("An upgrade needs the header 'Connection: Upgrade'.")
        }
        guard !head.headers.contains(name: "transfer-encoding"), head.headers["content-length"].allSatisfy({ $0 == "0" }) else {
            return refuse("An upgrade has no body.")
        }
        guard head.headers["sec-websocket-version"] == ["13"] else {
            let answer = HTTPAnswer(
                426, "Upgrade Required", "Only version 13 of WebSocket is spoken here.", [("Sec-WebSocket-Version", "13")]
            )
            return .refuse(answer, .refusedUpgrade)
        }
        let keys = head.headers["sec-websocket-key"]
        guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else {
            return refuse("Sec-WebSocket-Key must be 16 bytes in base64.")
        }
        let offered = HeaderList(head.headers["sec-websocket-protocol"]).elements
        guard let subprotocol = Subprotocol(offered: offered.map { String($0) }) else {
            return refuse(
                "Offer the WebSocket subprotocol '\(WireLimits.subprotocol)' or '\(WireLimits.jsonSubprotocol)', or none for JSON."
            )
        }
        let authorizations = head.headers["authorization"]
        guard authorizations.count <= 1 else { return refuse("An upgrade has one header Authorization at most.") }
        do throws(HelloURL.Refused) {
            try HelloURL.refuseTicket(in: head.uri)
            let opening = subprotocol.form == .json ? try HelloURL.opening(in: head.uri) : nil
            let ticket = authorizations.first.flatMap(Self.bearer)
            return .upgrade(
                AcceptedUpgrade(accept: Self.accept(keys[0]), subprotocol: subprotocol, opening: opening, ticket: ticket))
        } catch {
            return refuse(error.sentence)
        }
    }

    /// The credentials of a header `Authorization: Bearer …`; nil for other schemes, which may be a proxy's business.
    static func bearer(_ header: String) -> [UInt8]? {
        let words = header.split(separator: " ")
        return words.count == 2 && words[0].lowercased() == "bearer" ? Array(words[1].utf8) : nil
    }

    /// Sec-WebSocket-Accept: RFC 6455 §4.2.2.
    static func accept(_ key: String) -> String {
        let digest = Insecure.SHA1.hash(data: Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Data(digest).base64EncodedString()
    }

    /// The comma-separated tokens of a header, lower case.
    private static func tokens(_ headers: HTTPHeaders, _ name: String) -> [String] {
        HeaderList(headers[name]).elements.map { $0.lowercased() }
    }
}
