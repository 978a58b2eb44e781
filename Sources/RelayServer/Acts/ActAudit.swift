import Logging
import RelayHosting

/// Writes down what operators do, done or not: one line of the log for each act, at level *notice*.
package struct ActAudit: Sendable {
    /// What can be done.
    package enum Act: String, Sendable {
        case open, kick, close, ban, lift

        fileprivate var done: String {
            switch self {
            case .open: "opened a room"
            case .kick: "kicked"
            case .close: "closed a room"
            case .ban: "banned"
            case .lift: "lifted a ban"
            }
        }
    }

    /// Names and texts of a log line; nil is left out.
    package typealias Words = [String: String?]

    let counters: FrontDoorCounters
    let logger: Logger

    /// Carries out an act and writes down what came of it.
    ///
    /// - Parameters:
    ///   - asked: What the operator said.
    ///   - body: Returns the answer, and what was found out.
    func of<Answer>(
        _ act: Act, _ asked: Words, by actor: Operator, _ body: () async throws(RefusedAct) -> (Answer, Words)
    ) async throws(RefusedAct) -> Answer {
        do throws(RefusedAct) {
            let (answer, found) = try await body()
            self.write(act.done, asked.merging(found) { $1 ?? $0 }.merging(Self.words(of: actor)) { $1 })
            return answer
        } catch {
            self.refuse(act, error, asked, by: actor)
            throw error
        }
    }

    /// For what was not even an act: a body that makes no sense.
    func refuse(_ act: Act, _ error: RefusedAct, _ asked: Words = [:], by actor: Operator) {
        self.counters.count(.actsRefused)
        self.write("refused: \(act.rawValue): \(error.sentence)", asked.merging(Self.words(of: actor)) { $1 })
    }

    func write(_ line: String, _ words: Words) {
        let metadata = words.compactMapValues { $0.map { Logger.MetadataValue.string($0.forLog) } }
        self.logger.notice("operator: \(line)", metadata: metadata)
    }

    private static func words(of actor: Operator) -> Words { ["by": actor.proof.rawValue, "from": "\(actor.address)"] }

    static func words(of kicked: [SeatOccupant]) -> Words {
        guard let one = kicked.first, kicked.count == 1 else { return ["kicked": "\(kicked.count)"] }
        return self.words(of: one)
    }

    static func words(of ban: Ban, kicked: Int) -> Words {
        var words: Words = ["ban": "\(ban.id)", "until": ban.end, "where": ban.room ?? "everywhere", "kicked": "\(kicked)"]
        switch ban.subject {
        case .player(let player): words["player"] = player
        case .address(let range): words["address"] = "\(range)"
        }
        return words
    }

    static func words(of occupant: SeatOccupant, by ban: Ban) -> Words {
        self.words(of: occupant).merging(["ban": "\(ban.id)"]) { $1 }
    }

    private static func words(of occupant: SeatOccupant) -> Words {
        [
            "room": occupant.room, "seat": "\(occupant.seat)", "generation": "\(occupant.generation)", "player": occupant.player,
            "name": occupant.name, "peer": occupant.peer,
        ]
    }
}

extension OpenRequest {
    var audit: ActAudit.Words { ["room": self.room, "reason": self.reason] }
}

extension KickRequest {
    var audit: ActAudit.Words { ["room": self.room, "seat": "\(self.seat)", "reason": self.reason] }
}

extension CloseRequest {
    var audit: ActAudit.Words { ["room": self.room, "reason": self.reason] }
}

extension BanRequest {
    var audit: ActAudit.Words {
        [
            "room": self.room, "seat": self.seat.map { "\($0)" }, "player": self.player, "address": self.address,
            "seconds": "\(self.seconds)", "reason": self.reason,
        ]
    }
}
