import NIOHTTP1
import RelayWeb
import RelayWire

/// What a request asks of the lobby: its path, its method, and what it accepts.
enum LobbyRoute: Equatable, Sendable {
    /// `/openapi.json`
    case description
    /// `/lobby/rooms`, once.
    case list(LobbyQuery)
    /// The same, and what changes.
    case watch(LobbyQuery)
    /// `/lobby/rooms/NAME`
    case room(String)
    /// A room is to be made.
    case make
    /// `/lobby/rooms/NAME/acts`: a host acts.
    case act(String)
    /// A page asks what it may send.
    case preflight

    private static let directory = "/lobby/rooms"
    /// Characters. What is longer in bytes than a room's name may be is the name of none.
    private static let nameLength = 1...64

    /// Whether a request is the lobby's to answer.
    static func isLobby(target: String) -> Bool {
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        return path.elementsEqual("/openapi.json".utf8) || path.elementsEqual("/lobby".utf8) || path.starts(with: "/lobby/".utf8)
    }

    init(_ head: HTTPRequestHead) throws(LobbyRefusal) {
        let path = head.uri.utf8.prefix { $0 != UInt8(ascii: "?") }
        let isList = path.elementsEqual(Self.directory.utf8)
        let name = path.starts(with: (Self.directory + "/").utf8) ? path.dropFirst(Self.directory.utf8.count + 1) : nil
        let place = name.flatMap(Place.init)
        guard isList || place != nil || path.elementsEqual("/openapi.json".utf8) else {
            throw LobbyRefusal(.notFound, "There is no such path: /openapi.json describes those that there are.")
        }
        let methods = place?.isActs ?? false ? "OPTIONS, POST" : isList ? "GET, HEAD, OPTIONS, POST" : "GET, HEAD, OPTIONS"
        guard methods.split(separator: ", ").contains(Substring(head.method.rawValue)) else {
            throw LobbyRefusal(.methodNotAllowed, "This path answers \(methods) alone.", allow: methods)
        }
        if head.method == .OPTIONS {
            self = .preflight
        } else if let place {
            let name = try Self.name(place.name)
            self = place.isActs ? .act(name) : .room(name)
        } else if head.method == .POST {
            self = .make
        } else if isList {
            let query = try LobbyQuery(target: head.uri)
            let watches = head.method == .GET && HeaderList(head.headers["accept"]).names("text/event-stream")
            self = watches ? .watch(query) : .list(query)
        } else {
            self = .description
        }
    }

    /// What stands behind the directory of rooms: a name, and perhaps `/acts`.
    private struct Place {
        let name: Substring.UTF8View
        let isActs: Bool

        init?(_ path: Substring.UTF8View) {
            let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), !parts[0].isEmpty, parts.count == 1 || parts[1].elementsEqual("acts".utf8) else {
                return nil
            }
            (self.name, self.isActs) = (parts[0], parts.count == 2)
        }
    }

    private static func name(_ path: Substring.UTF8View) throws(LobbyRefusal) -> String {
        guard let name = PercentCoding.decode(path), Self.nameLength.contains(name.unicodeScalars.count) else {
            throw .badRequest("A room's name has 1 to 64 bytes of UTF-8, percent-encoded.")
        }
        return name
    }

    /// Where a room is found.
    static func path(ofRoom name: String) -> String { "\(Self.directory)/\(PercentCoding.encode(name))" }
}
