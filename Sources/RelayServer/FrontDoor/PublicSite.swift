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
    ///   - onLoopback: Whether we listen on a loopback address.
    ///   - obstacle: What stands in the way of an upgrade from the same page; nil if nothing does.
    func answer(_ head: HTTPRequestHead, onLoopback: Bool, obstacle: () -> UpgradePolicy.Obstacle?) -> HTTPAnswer {
        let path = String(head.uri.prefix { $0 != "?" })
        let isForPages = path.hasPrefix("/sdk/")
        var answer = self.answer(head, path, isOpen: self.playground.isOpen(onLoopback: onLoopback), obstacle)
        answer.omitsBody = head.method == .HEAD
        if isForPages { answer.headers["Access-Control-Allow-Origin"] = "*" }
        return answer
    }

    private func answer(
        _ head: HTTPRequestHead, _ path: String, isOpen: Bool, _ obstacle: () -> UpgradePolicy.Obstacle?
    ) -> HTTPAnswer {
        switch head.method {
        case .GET, .HEAD: break
        case .OPTIONS where path.hasPrefix("/sdk/"): return Self.preflight
        default: return HTTPAnswer(405, "Method Not Allowed", "Only GET is answered here.", [("Allow", "GET, HEAD")])
        }
        if path == "/sdk/v1/check" { return Self.check(obstacle()) }
        guard let file = self.files[path: path] else { return Self.nothing(path) }
        if file.section == .playground, !isOpen { return path == "/" ? Self.welcome(head, isOpen: false) : Self.closed }
        if file.isPage, !HeaderList(head.headers["accept"]).names("text/html") { return Self.welcome(head, isOpen: true) }
        return HTTPAnswer(
            file.answer(ifNoneMatch: head.headers["if-none-match"], acceptEncoding: head.headers["accept-encoding"])
        )
    }

    /// For a person with a terminal.
    private static func welcome(_ head: HTTPRequestHead, isOpen: Bool) -> HTTPAnswer {
        let host = head.headers.first(name: "host").map(Self.printable) ?? "HOST:PORT"
        let playground =
            isOpen
            ? "Play in a browser: http://\(host)/"
            : "The playground is switched off here; the relay's setting 'playground=on' opens it."
        let text = """
            This is a TickRelay. Games connect here by WebSocket, any path: subprotocol \(WireLimits.subprotocol), or none for JSON.
            \(playground)
            For pages: import { join } from "http://\(host)/sdk/v1/tickrelay.js"
            Try it: tickrelay bots --url ws://\(host)
            """
        return HTTPAnswer(200, "OK", text, [("Cache-Control", "no-store"), ("Vary", "Accept")])
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
    private static func check(_ obstacle: UpgradePolicy.Obstacle?) -> HTTPAnswer {
        let verdict = Verdict(
            ok: obstacle == nil, protocols: UpgradePolicy.subprotocols, code: obstacle?.rawValue, message: obstacle?.sentence
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

    /// A host as the peer named it, reduced to characters that are safe to print.
    private static func printable(_ host: String) -> String {
        String(
            host.unicodeScalars.prefix(255).filter {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789.:-[]".unicodeScalars.contains($0))
            })
    }
}
