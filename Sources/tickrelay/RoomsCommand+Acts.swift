import ArgumentParser
import Foundation
import RelayHosting
import RelayServer

extension RoomsCommand {
    struct Open: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a room in which nobody is, for players to join.",
            discussion:
                "For rooms whose type says createdBy operators, which players cannot make. It lasts as long as its type lets empty rooms last."
        )
        @Argument(help: "The room's name.") var room: String
        @Option(help: "For the relay's log; players do not see it.") var reason: String?
        @OptionGroup var relay: AdminOptions

        func run() async throws {
            try await self.relay.say(.open(self.room, reason: self.reason), as: OperatorAnswers.OpenAnswer.self) {
                OperatorText.opened($0.opened)
            }
        }
    }

    struct Kick: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes a player's seat away. It may come again: 'ban' keeps it out.",
            discussion: "Seats stand in 'tickrelay rooms show ROOM'; so does the generation, as RETURNS + 1."
        )
        @Argument(help: "The room's name.") var room: String
        @Argument(help: "The seat's number.") var seat: UInt16
        @Option(
            help:
                "Nobody is kicked if somebody else has the seat by now than at this generation, in the room that has the name now."
        ) var generation: UInt64?
        @Option(help: "For the relay's log; players do not see it.") var reason: String?
        @OptionGroup var relay: AdminOptions

        func run() async throws {
            let request = AdminRequest.kick(self.seat, of: self.room, generation: self.generation, reason: self.reason)
            try await self.relay.say(request, as: OperatorAnswers.KickAnswer.self) { OperatorText.kicked($0.kicked) }
        }
    }

    struct Close: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends a room at once, with all that is in it, for everybody.",
            discussion: "Asks before it does so. Players may make another room of this name, unless their tickets forbid it."
        )
        @Argument(help: "The room's name.") var room: String
        @Option(help: "For the relay's log; players do not see it.") var reason: String?
        @Flag(help: "Does not ask before.") var yes = false
        @OptionGroup var relay: AdminOptions

        func validate() throws {
            guard self.yes || isatty(STDIN_FILENO) == 1 else {
                throw ValidationError("there is no terminal to ask at: close needs --yes")
            }
        }

        func run() async throws {
            let found = try await self.relay.ask(.room(self.room), as: OperatorAnswers.RoomList.self).rooms.first
            guard self.yes || self.isMeant(seats: found?.seatCount ?? 0) else {
                Console.complain("Nothing is closed.")
                throw ExitCode.failure
            }
            let request = AdminRequest.close(self.room, instance: found?.instance, reason: self.reason)
            try await self.relay.say(request, as: OperatorAnswers.CloseAnswer.self) { OperatorText.closed($0.closed) }
        }

        /// Asks on standard error: standard output has the relay's answer alone.
        private func isMeant(seats: Int) -> Bool {
            Console.write(OperatorText.closeQuestion(room: self.room, seats: seats), to: STDERR_FILENO)
            return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
        }
    }
}
