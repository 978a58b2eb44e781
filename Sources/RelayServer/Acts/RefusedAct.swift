import HTTPTypes
import RelayHosting

/// Why something that an operator asked for was not done.
package struct RefusedAct: Error, Equatable, Sendable {
    package var status: HTTPResponse.Status
    package var sentence: String

    init(_ status: HTTPResponse.Status, _ sentence: String) { (self.status, self.sentence) = (status, sentence) }

    static func noRoom(_ name: String) -> RefusedAct {
        RefusedAct(.notFound, "There is no room \(name.forLog) now: it ended with its last player, or has not begun.")
    }

    static func noSeat(_ seat: UInt16, in room: String) -> RefusedAct {
        RefusedAct(.notFound, "Nobody has seat \(seat) of \(room.forLog).")
    }

    static let otherRoom = RefusedAct(.conflict, "Another room has this name by now: look again.")

    /// Its thread hangs or is busy beyond measure. Whoever asks does not know what will be.
    static let silent = RefusedAct(
        .gatewayTimeout,
        "A thread of rooms has not answered in time: what was asked for may still happen. Look again, and at /healthz.")

    static let noBan = RefusedAct(.notFound, "There is no such ban: it has ended, or was lifted.")

    init(_ refusal: OpeningRefusal, room: String) {
        switch refusal {
        case .exists: self.init(.conflict, "There is a room \(room.forLog) already.")
        case .relayFull:
            self.init(
                .serviceUnavailable, "There is no place for another room: maximumRooms is reached, or descriptors have run out.")
        case .typeRefused, .tooManyHeld, .tooManyRooms: self.init(.conflict, "No room of this name can be made.")
        case .overloaded: self.init(.serviceUnavailable, "The relay is overloaded and takes no new rooms: try again later.")
        case .silent: self = .silent
        }
    }

    init(_ refusal: ClosingRefusal, room: String) {
        switch refusal {
        case .gone: self = .noRoom(room)
        case .otherRoom: self = .otherRoom
        case .silent: self = .silent
        }
    }

    init(_ refusal: BanList.Refusal) {
        switch refusal {
        case .tooMany:
            self.init(.conflict, "There are \(BanList.maximum) bans, and no more at a time: lift some.")
        case .notSaved(let why):
            self.init(
                .init(code: 507, reasonPhrase: "Insufficient Storage"),
                "The ban list could not be saved, so nothing has changed: \(why)")
        }
    }
}
