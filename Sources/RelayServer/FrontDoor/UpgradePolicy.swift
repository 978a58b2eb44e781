import Crypto
import FoundationEssentials
import NIOHTTP1
import RelayWire
import RelayWireJSON

/// An upgrade that is granted.
package struct AcceptedUpgrade: Equatable, Sendable {
    /// Sec-WebSocket-Accept.
    var accept: String
    var subprotocol: Subprotocol
    /// What the URL said already.
    var opening: JSONOpening?

    init(accept: String, subprotocol: Subprotocol, opening: JSONOpening?) {
        (self.accept, self.subprotocol, self.opening) = (accept, subprotocol, opening)
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

    package init(allowedOrigins: AllowedOrigins, retryAfterMilliseconds: Int) {
        (self.allowedOrigins, self.retryAfterMilliseconds) = (allowedOrigins, retryAfterMilliseconds)
    }

    /// What the caller must do.
    enum Decision: Equatable, Sendable {
        /// Send 101; the bytes behind the request are WebSocket.
        case upgrade(AcceptedUpgrade)
        /// Send this, count the reason, close.
        case answer(HTTPAnswer, FrontDoorCounters.Reason)
    }

    /// - Parameters:
    ///   - head: The request.
    ///   - onLoopback: Whether we listen on a loopback address.
    ///   - nearCapacity: Whether descriptors are nearly used up.
    func decide(_ head: HTTPRequestHead, onLoopback: Bool, nearCapacity: Bool) -> Decision {
        guard Self.namesOneHost(head) else {
            let text = "A request names the host that it is for in one Host header, as RFC 9112 section 3.2 has it."
            return .answer(HTTPAnswer(400, "Bad Request", text), .requestMalformed)
        }
        guard Self.tokens(head.headers, "upgrade").contains("websocket") else { return .answer(Self.plain(head), .answeredPlain) }
        if nearCapacity {
            let seconds = (self.retryAfterMilliseconds + 999) / 1000
            let answer = HTTPAnswer(
                503, "Service Unavailable", "The relay is full: try again later.", [("Retry-After", "\(seconds)")]
            )
            return .answer(answer, .refusedNearCapacity)
        }
        let origins = head.headers["origin"]
        let hosts = head.headers["host"]
        guard origins.count <= 1, self.allowedOrigins.allow(origins.first, host: hosts.first, onLoopback: onLoopback) else {
            let text = "Pages of this origin may not connect: add it to allowedOrigins of the relay."
            return .answer(HTTPAnswer(403, "Forbidden", text), .refusedOrigin)
        }
        return self.judgeHandshake(head)
    }

    /// A proxy in between could take a request with two hosts for one to another server. HTTP/1.0 may name none.
    private static func namesOneHost(_ head: HTTPRequestHead) -> Bool {
        let hosts = head.headers["host"]
        if hosts.isEmpty { return head.version == .http1_0 }
        return hosts.count == 1 && Authority(hosts[0]) != nil
    }

    /// RFC 6455 §4.2.1, and the subprotocol of SPEC section 2.
    private func judgeHandshake(_ head: HTTPRequestHead) -> Decision {
        func refuse(_ text: String) -> Decision { .answer(HTTPAnswer(400, "Bad Request", text), .refusedUpgrade) }
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
            return .answer(answer, .refusedUpgrade)
        }
        let keys = head.headers["sec-websocket-key"]
        guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else {
            return refuse("Sec-WebSocket-Key must be 16 bytes in base64.")
        }
        let offered = head.headers["sec-websocket-protocol"].flatMap { $0.split(separator: ",") }
        guard let subprotocol = Subprotocol(offered: offered.map { String(Self.trimmed($0)) }) else {
            return refuse(
                "Offer the WebSocket subprotocol '\(WireLimits.subprotocol)' or '\(WireLimits.jsonSubprotocol)', or none for JSON."
            )
        }
        do throws(HelloURL.Refused) {
            let opening = subprotocol.form == .json ? try HelloURL.opening(in: head.uri) : nil
            return .upgrade(AcceptedUpgrade(accept: Self.accept(keys[0]), subprotocol: subprotocol, opening: opening))
        } catch {
            return refuse(error.sentence)
        }
    }

    /// The answer to a request that does not ask for a WebSocket.
    private static func plain(_ head: HTTPRequestHead) -> HTTPAnswer {
        guard head.method == .GET || head.method == .HEAD else {
            return HTTPAnswer(405, "Method Not Allowed", "Only GET is answered here.", [("Allow", "GET, HEAD")])
        }
        var answer =
            head.uri == "/" || head.uri.hasPrefix("/?")
            ? HTTPAnswer(
                200, "OK",
                """
                This is a TickRelay. Games connect here by WebSocket, any path, subprotocol \(WireLimits.subprotocol), or none for JSON.
                Try it: tickrelay bots --url ws://\(head.headers.first(name: "host").map(Self.printable) ?? "HOST:PORT")
                """
            ) : HTTPAnswer(404, "Not Found", "There is nothing here but a WebSocket, subprotocol \(WireLimits.subprotocol).")
        if head.method == .HEAD { answer.omitsBody = true }
        return answer
    }

    /// Sec-WebSocket-Accept: RFC 6455 §4.2.2.
    static func accept(_ key: String) -> String {
        let digest = Insecure.SHA1.hash(data: Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Data(digest).base64EncodedString()
    }

    /// The comma-separated tokens of a header, lower case.
    private static func tokens(_ headers: HTTPHeaders, _ name: String) -> [String] {
        headers[name].flatMap { $0.split(separator: ",") }.map { Self.trimmed($0).lowercased() }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = text.drop(while: isBlank)
        return start[..<(start.lastIndex { !isBlank($0) }.map(start.index(after:)) ?? start.startIndex)]
    }

    /// A host as the peer named it, reduced to characters that are safe to print.
    private static func printable(_ host: String) -> String {
        String(
            host.unicodeScalars.prefix(255).filter {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789.:-[]".unicodeScalars.contains($0))
            })
    }
}
