/// Why the lobby refuses a request, for programs. Each has one status.
package enum LobbyCode: String, CaseIterable, Sendable {
    case badRequest, proxy
    case tokenMissing, tokenRefused, tokenSuperseded, seatGone
    case ticketMissing, ticketRefused, ticketExpired, ticketNotYetValid
    case banned, lacksRight, notHost, origin, otherRoom, typeRefused
    case notFound
    case methodNotAllowed
    case cannotBeBanned, changed, nameTaken, noMoreRoom, noSuchSeat, tooManyHeld
    case tooLong
    case contentType
    case crowdedAddress, crowdedHandshakes, failingAddress, tooManyActs, tooManyJoins, tooManyRooms
    case draining, full, overloaded, passwordQueue, relayFull, silent, ticketQueue

    package var status: Int {
        switch self {
        case .badRequest, .proxy: 400
        case .tokenMissing, .tokenRefused, .tokenSuperseded, .seatGone: 401
        case .ticketMissing, .ticketRefused, .ticketExpired, .ticketNotYetValid: 401
        case .banned, .lacksRight, .notHost, .origin, .otherRoom, .typeRefused: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .cannotBeBanned, .changed, .nameTaken, .noMoreRoom, .noSuchSeat, .tooManyHeld: 409
        case .tooLong: 413
        case .contentType: 415
        case .crowdedAddress, .crowdedHandshakes, .failingAddress, .tooManyActs, .tooManyJoins, .tooManyRooms: 429
        case .draining, .full, .overloaded, .passwordQueue, .relayFull, .silent, .ticketQueue: 503
        }
    }

    /// The status in words.
    var reason: String {
        switch self.status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 429: "Too Many Requests"
        default: "Service Unavailable"
        }
    }

    /// Whether only the peer can have caused it, so that it is a failure of its address. A method or a path that does not exist is none: people
    /// try them.
    var isMalformed: Bool {
        switch self.status {
        case 400, 413, 415: self != .proxy
        default: false
        }
    }
}
