import NIOCore
import NIOHTTP1
import RelayHosting
import RelayWire
import RelayWireJSON

/// The lobby over HTTP, for players' programs and pages: SPEC section 20, and ``LobbyDescription``.
struct LobbyAPI: Sendable {
    let router: AdmissionRouter
    let board: LobbyBoard
    let addresses: AddressTable
    /// Nanoseconds, monotonic clock.
    let now: @Sendable () -> UInt64

    var hosting: any RoomHosting { self.router.hosting }
    var index: LobbyIndex { self.router.hosting.lobby }
    /// Milliseconds.
    var retryAfter: Int { self.router.retryAfter }

    // MARK: What is read

    /// The answer to a request that only reads.
    func list(_ query: LobbyQuery) -> HTTPAnswer {
        let (entries, more) = self.board.rooms(query, in: self.index)
        return Self.json(200, "OK", LobbyText.list(entries, more: more), ["Cache-Control": "no-store", "Vary": "Accept"])
    }

    func room(_ name: String) throws(LobbyRefusal) -> HTTPAnswer {
        guard let room = self.index.room(name) else {
            throw LobbyRefusal(.notFound, "There is no such room now: it ended with its last player, or has not begun.")
        }
        return Self.json(200, "OK", [LobbyEntry(room).json], ["Cache-Control": "no-store"])
    }

    static let description = Self.json(200, "OK", [LobbyDescription.json], ["Cache-Control": "no-cache"])

    /// To a page of another origin that asks what it may send.
    static let preflight = HTTPAnswer(
        status: 204, "No Content",
        Self.headers.merging([
            "Access-Control-Allow-Methods": "GET, HEAD, POST", "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": "86400",
        ]) { $1 })

    // MARK: Answers

    /// Of every answer: pages of all origins may ask. What one may do depends on the ticket or token that it sends, never on a cookie.
    private static let headers = [
        "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Allow, Location, Retry-After, WWW-Authenticate",
        "X-Content-Type-Options": "nosniff",
    ]

    private static func json(
        _ status: Int, _ reason: String, _ parts: [ByteBuffer], _ headers: [String: String]
    ) -> HTTPAnswer {
        var all = self.headers.merging(headers) { $1 }
        all["Content-Type"] = "application/json"
        return HTTPAnswer(status: status, reason, all, parts: parts)
    }

    static func made(_ room: MadeRoom) -> HTTPAnswer {
        let headers = ["Cache-Control": "no-store", "Location": LobbyRoute.path(ofRoom: room.opened.room)]
        return self.json(201, "Created", [ByteBuffer(bytes: room.json)], headers)
    }

    /// An act was carried out.
    static let acted = HTTPAnswer(
        status: 204, "No Content", Self.headers.merging(["Cache-Control": "no-store"]) { $1 })

    static func refused(_ refusal: LobbyRefusal) -> HTTPAnswer {
        var headers = ["Cache-Control": "no-store"]
        headers["Retry-After"] = refusal.retryAfter.map { "\(max(1, ($0 + 999) / 1000))" }
        headers["Allow"] = refusal.allow
        if refusal.code.status == 401 { headers["WWW-Authenticate"] = "Bearer" }
        return self.json(refusal.code.status, refusal.code.reason, [ByteBuffer(bytes: refusal.json)], headers)
    }
}

extension FrontDoorContext {
    /// Answers requests of the lobby.
    var lobby: LobbyAPI {
        LobbyAPI(router: self.router, board: self.common.lobby.board, addresses: self.addresses, now: self.now)
    }
}
