import FoundationEssentials
import RelayHosting

/// The answers of the admin API to operators, as Protocol/ADMIN.md has them. Keys that are not known are skipped: the relay may
/// be newer.
package enum OperatorAnswers {
    /// Of `GET /rooms`: with all seats if one room was asked for, else without.
    package struct RoomList: Decodable, Sendable {
        package var rooms: [RelayStatistics.Room]
    }

    /// Of `POST /rooms/kick`.
    package struct KickAnswer: Decodable, Sendable {
        package var kicked: [SeatOccupant]
    }

    /// Of `POST /rooms/open`.
    package struct OpenAnswer: Decodable, Sendable {
        package var opened: OpenedRoom
    }

    /// Of `POST /rooms/close`.
    package struct CloseAnswer: Decodable, Sendable {
        package var closed: ClosedRoom
    }

    /// Of `GET /bans`: the newest first.
    package struct BanList: Decodable, Sendable {
        package var bans: [Ban]
    }

    /// Of `POST /bans`.
    package struct BanAnswer: Decodable, Sendable {
        package var ban: Ban
        package var kicked: [SeatOccupant]
    }

    /// Of `DELETE /bans/ID`.
    package struct LiftAnswer: Decodable, Sendable {
        package var lifted: Ban
    }

    /// - Throws: ``AdminFailure/unreadable(reason:)``, and nothing else.
    package static func decode<Answer: Decodable>(_ kind: Answer.Type, from text: String) throws(AdminFailure) -> Answer {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(kind, from: Data(text.utf8))
        } catch {
            throw .unreadable(reason: "it is not what a relay of this version answers")
        }
    }
}

extension OperatorAnswers {
    /// Who may not play, where and until when.
    package struct Ban: Decodable, Sendable, Equatable {
        /// What `unban` takes.
        package var id: UInt64
        /// The id in tickets; nil for an address.
        package var player: String?
        /// An address or a range; nil for a player.
        package var address: String?
        /// Where it counts; nil for everywhere.
        package var room: String?
        /// Seconds since 1970.
        package var until: Int64
        /// Seconds since 1970.
        package var made: Int64
        /// `token`, or `unix` for the socket.
        package var by: String
        package var reason: String?
    }
}
