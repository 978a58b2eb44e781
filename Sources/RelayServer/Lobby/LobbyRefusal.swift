import RelayHosting
import RelayWire
import RelayWireJSON

/// Why a request of the lobby is not granted, as its answer says it.
package struct LobbyRefusal: Error, Equatable, Sendable {
    package var code: LobbyCode
    /// One sentence that says what to do. Ours, and nothing secret.
    package var message: String
    /// Milliseconds; nil where waiting does not help.
    package var retryAfter: Int?
    /// Of a method that is not answered: those that are.
    package var allow: String?
    package var counter: FrontDoorCounters.Reason
    /// What is wrong with the ticket, where one is refused: counted, and logged.
    package var ticket: TicketFault?
    /// More about it, for the log.
    package var ticketDetail: String?
    /// Whether it counts as a failure of the peer's address.
    package var isPeersFault: Bool

    /// - Parameters:
    ///   - retryAfter: Milliseconds.
    ///   - counter: Nil for that of the code's kind.
    package init(
        _ code: LobbyCode, _ message: String, retryAfter: Int? = nil, allow: String? = nil,
        counter: FrontDoorCounters.Reason? = nil
    ) {
        (self.code, self.message, self.retryAfter, self.allow) = (code, message, retryAfter, allow)
        self.counter = counter ?? (code.isMalformed ? .lobbyMalformed : .lobbyRefused)
        // A token that is not ours is charged as in a rejoin: guessing costs.
        self.isPeersFault = code.isMalformed || code == .tokenMissing || code == .tokenRefused
    }

    /// What refuses upgrades, too.
    init(_ obstacle: Obstacle, retryAfter: Int) {
        let refusal = obstacle.refusal
        let wait = if case .failingAddress(let wait) = obstacle { wait } else { retryAfter }
        self.init(
            LobbyCode(rawValue: obstacle.code) ?? .full, obstacle.sentence, retryAfter: refusal.mayRetry ? wait : nil,
            counter: refusal.counter)
    }

    /// A ticket that does not allow it, or somebody who is banned.
    ///
    /// - Parameter retryAfter: Milliseconds, where waiting helps.
    init(_ refusal: Refusal, retryAfter: Int) {
        switch CloseCode(rawValue: refusal.code) {
        case .ticketMissing: self.init(.ticketMissing, "This relay asks for a ticket: send it as Authorization: Bearer TICKET.")
        case .ticketRefused: self.init(.ticketRefused, refusal.sentence)
        case .ticketExpired: self.init(.ticketExpired, "The ticket has expired: get a new one.")
        case .ticketNotYetValid: self.init(.ticketNotYetValid, refusal.sentence)
        case .ticketOtherRoom: self.init(.otherRoom, "The ticket is for other rooms: get one for this room.")
        case .ticketLacksRight: self.init(.lacksRight, "The ticket may not make rooms: get one with the right 'create'.")
        case .kicked: self.init(.banned, refusal.sentence, counter: refusal.reason)
        default:
            self.init(
                .ticketQueue, "Too many tickets wait to be looked at: try again later.", retryAfter: retryAfter,
                counter: refusal.reason)
        }
        (self.ticket, self.ticketDetail, self.isPeersFault) = (refusal.ticket, refusal.ticketDetail, refusal.isPeersFault)
    }

    /// Why a room was not made.
    ///
    /// - Parameter retryAfter: Milliseconds, where waiting helps.
    package init(_ refusal: OpeningRefusal, retryAfter: Int) {
        switch refusal {
        case .exists: self.init(.nameTaken, "There is a room of this name already: take another name, or join it.")
        case .tooManyHeld:
            self.init(.tooManyHeld, "More seats would be held than the room has: hold fewer, or give it more seats.")
        case .typeRefused:
            self.init(
                .typeRefused, "Players may not make rooms of this name or type here, or there is no such type: take another.")
        case .tooManyRooms:
            self.init(
                .tooManyRooms, "Too many rooms from your address: join another, or try again later.", retryAfter: retryAfter,
                counter: .roomsPerAddress)
        case .relayFull:
            self.init(.relayFull, "The relay has no place for another room: try again later.", retryAfter: retryAfter)
        case .overloaded:
            self.init(
                .overloaded, "The relay is overloaded: try again later.", retryAfter: retryAfter, counter: .refusedOverloaded)
        case .silent: self = .silent(retryAfter: retryAfter)
        }
    }

    /// Nobody knows yet what became of it.
    static func silent(retryAfter: Int) -> LobbyRefusal {
        LobbyRefusal(
            .silent, "The relay has not answered in time, and may still do it: look before you ask again.",
            retryAfter: retryAfter)
    }

    /// A body that is not what the description has.
    init(_ error: JSONError) {
        let sentence =
            switch error {
            case .badKey(let key?):
                "There is no key \"\(key)\" here, it stands twice, or it does not go with the others: see /openapi.json."
            case .badValue(let key?), .badName(let key?):
                "\"\(key)\" is missing, or its value has the wrong type or range: see /openapi.json."
            case .outOfPlace: "The body is no JSON object, or says nothing to do: /openapi.json has what there is."
            case .badKey, .badValue, .badName, .notJSON, .badToken:
                "The body is no JSON object as /openapi.json has it: depth 8, 64 members, numbers of 64 digits."
            }
        self.init(.badRequest, sentence)
    }

    static func badRequest(_ message: String) -> LobbyRefusal { LobbyRefusal(.badRequest, message) }

    /// The body of the answer.
    package var json: [UInt8] {
        var writer = WireWriter()
        writer.ascii("{\"code\":")
        writer.json(self.code.rawValue)
        writer.ascii(",\"message\":")
        writer.json(self.message)
        writer.u8(UInt8(ascii: "}"))
        return writer.array
    }
}
