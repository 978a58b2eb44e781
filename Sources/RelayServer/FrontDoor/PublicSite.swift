import FoundationEssentials
import NIOHTTP1
import RelayWeb
import RelayWire

/// What the public listener shows to who does not ask for a WebSocket: the SDK, the playground, and where to go. A pure function.
///
/// The SDK is for pages of every origin; whether one of them may connect is the ``UpgradePolicy``'s business, which `/sdk/v1/check` asks.
struct PublicSite: Sendable {
    var playground: PlaygroundAccess
    var files = WebFiles.forPlayers

    /// - Parameters:
    ///   - head: The request, of one host.
    ///   - onLoopback: Whether only this machine can ask: we listen on a loopback address, and no proxy is in between.
    ///   - isSecure: Whether the client came by TLS, which a proxy may have ended.
    ///   - obstacle: What stands in the way of an upgrade from the same page; nil if nothing does.
    func answer(
        _ head: HTTPRequestHead, onLoopback: Bool, isSecure: Bool, obstacle: () -> Obstacle?
    ) -> HTTPAnswer {
        let path = String(head.uri.prefix { $0 != "?" })
        let isForPages = path.hasPrefix("/sdk/")
        let welcome = Welcome(head, isOpen: self.playground.isOpen(onLoopback: onLoopback), isSecure: isSecure)
        var answer = self.answer(head, path, welcome, obstacle)
        answer.omitsBody = head.method == .HEAD
        if isForPages { answer.headers["Access-Control-Allow-Origin"] = "*" }
        return answer
    }

    private func answer(
        _ head: HTTPRequestHead, _ path: String, _ welcome: Welcome, _ obstacle: () -> Obstacle?
    ) -> HTTPAnswer {
        switch head.method {
        case .GET, .HEAD: break
        case .OPTIONS where path.hasPrefix("/sdk/"): return Self.preflight
        default: return HTTPAnswer(405, "Method Not Allowed", "Only GET is answered here.", [("Allow", "GET, HEAD")])
        }
        if path == "/sdk/v1/check" { return Self.check(obstacle()) }
        guard let file = self.files[path: path] else { return Self.nothing(path) }
        if file.section == .playground, !welcome.isOpen { return path == "/" ? welcome.answer : Self.closed }
        if file.isPage, !HeaderList(head.headers["accept"]).names("text/html") { return welcome.answer }
        return HTTPAnswer(
            file.answer(ifNoneMatch: head.headers["if-none-match"], acceptEncoding: head.headers["accept-encoding"])
        )
    }

    private static let closed = HTTPAnswer(
        404, "Not Found", "The playground is switched off here; the relay's setting 'playground=on' opens it."
    )

    private static func nothing(_ path: String) -> HTTPAnswer {
        let text =
            path.hasPrefix("/sdk/")
            ? "There is no such file: the browser SDK is /sdk/v1/tickrelay.js."
            : "There is nothing here but a WebSocket: subprotocol \(WireLimits.subprotocol), or none for JSON."
        return HTTPAnswer(404, "Not Found", text)
    }

    /// The answer to a page of another origin that asks what it may send: whatever a GET can have.
    private static let preflight = HTTPAnswer(
        status: 204, "No Content",
        [
            "Access-Control-Allow-Methods": "GET, HEAD", "Access-Control-Allow-Headers": "*",
            "Access-Control-Max-Age": "86400",
        ]
    )

    /// Whether an upgrade would be refused, which pages cannot read off the refusal.
    private static func check(_ obstacle: Obstacle?) -> HTTPAnswer {
        let verdict = Verdict(
            ok: obstacle == nil, protocols: UpgradePolicy.subprotocols, code: obstacle?.code, message: obstacle?.sentence
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = (try? encoder.encode(verdict)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        return HTTPAnswer(
            200, "OK", text, [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Vary", "Origin")])
    }

    private struct Verdict: Encodable {
        var ok: Bool
        var protocols: [String]
        var code: String?
        var message: String?
    }
}

/// What a person with a terminal reads.
private struct Welcome {
    /// Whether the playground is.
    let isOpen: Bool
    private let host: String
    /// Behind `http` and `ws`.
    private let secure: String

    init(_ head: HTTPRequestHead, isOpen: Bool, isSecure: Bool) {
        self.host = head.headers.first(name: "host").map(Self.printable) ?? "HOST:PORT"
        (self.isOpen, self.secure) = (isOpen, isSecure ? "s" : "")
    }

    var answer: HTTPAnswer {
        let playground =
            self.isOpen
            ? "Play in a browser: http\(self.secure)://\(self.host)/"
            : "The playground is switched off here; the relay's setting 'playground=on' opens it."
        let text = """
            This is a TickRelay. Games connect here by WebSocket, any path: subprotocol \(WireLimits.subprotocol), or none for JSON.
            \(playground)
            For pages: import { join } from "http\(self.secure)://\(self.host)/sdk/v1/tickrelay.js"
            Try it: tickrelay bots --url ws\(self.secure)://\(self.host)
            Which rooms there are: curl http\(self.secure)://\(self.host)/lobby/rooms; all about it: /openapi.json
            """
        return HTTPAnswer(200, "OK", text, [("Cache-Control", "no-store"), ("Vary", "Accept")])
    }

    /// A host as the peer named it, reduced to characters that are safe to print.
    private static func printable(_ host: String) -> String {
        String(
            host.unicodeScalars.prefix(255).filter {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789.:-[]".unicodeScalars.contains($0))
            })
    }
}
