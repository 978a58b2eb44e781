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
        guard let path = Path(head.uri.utf8.prefix { $0 != UInt8(ascii: "?") }) else {
            throw LobbyRefusal(.notFound, "There is no such path: /openapi.json describes those that there are.")
        }
        guard path.methods.contains(head.method) else {
            let methods = path.methods.map(\.rawValue).joined(separator: ", ")
            throw LobbyRefusal(.methodNotAllowed, "This path answers \(methods) alone.", allow: methods)
        }
        switch path {
        case _ where head.method == .OPTIONS: self = .preflight
        case .description: self = .description
        case .rooms where head.method == .POST: self = .make
        case .rooms:
            let query = try LobbyQuery(target: head.uri)
            let watches = head.method == .GET && HeaderList(head.headers["accept"]).names("text/event-stream")
            self = watches ? .watch(query) : .list(query)
        case .room(let name): self = .room(try Self.name(name))
        case .acts(let name): self = .act(try Self.name(name))
        }
    }

    /// A path, with the name of the room in it as it was sent.
    private enum Path {
        case description, rooms, room(Substring.UTF8View), acts(Substring.UTF8View)

        init?(_ path: Substring.UTF8View) {
            let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            if path.elementsEqual("/openapi.json".utf8) {
                self = .description
            } else if path.elementsEqual(LobbyRoute.directory.utf8) {
                self = .rooms
            } else if path.starts(with: (LobbyRoute.directory + "/").utf8), !parts[3].isEmpty {
                switch parts.dropFirst(4).map({ $0.elementsEqual("acts".utf8) }) {
                case []: self = .room(parts[3])
                case [true]: self = .acts(parts[3])
                default: return nil
                }
            } else {
                return nil
            }
        }

        var methods: [HTTPMethod] {
            switch self {
            case .description, .room: [.GET, .HEAD, .OPTIONS]
            case .rooms: [.GET, .HEAD, .OPTIONS, .POST]
            case .acts: [.OPTIONS, .POST]
            }
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
