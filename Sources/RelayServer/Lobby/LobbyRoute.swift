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
        let isRoom = name.map { !$0.isEmpty && !$0.contains(UInt8(ascii: "/")) } ?? false
        guard isList || isRoom || path.elementsEqual("/openapi.json".utf8) else {
            throw LobbyRefusal(.notFound, "There is no such path: /openapi.json describes those that there are.")
        }
        switch head.method {
        case .GET, .HEAD: break
        case .OPTIONS:
            self = .preflight
            return
        case .POST where isList:
            self = .make
            return
        default: throw Self.wrongMethod(isList)
        }
        if let name, isRoom {
            self = .room(try Self.name(name))
        } else if isList {
            let query = try LobbyQuery(target: head.uri)
            let watches = head.method == .GET && HeaderList(head.headers["accept"]).names("text/event-stream")
            self = watches ? .watch(query) : .list(query)
        } else {
            self = .description
        }
    }

    private static func wrongMethod(_ isList: Bool) -> LobbyRefusal {
        let methods = isList ? "GET, HEAD, OPTIONS, POST" : "GET, HEAD, OPTIONS"
        return LobbyRefusal(.methodNotAllowed, "This path answers \(methods) alone.", allow: methods)
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
