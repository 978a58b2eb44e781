import ArgumentParser
import Foundation
import RelayHosting
import RelayServer

/// Looks at the rooms of a running relay and acts on them, over its admin listener: Protocol/ADMIN.md.
struct RoomsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rooms", abstract: "Looks at the rooms of a running relay, opens and closes them, removes players, bans.",
        discussion: """
            Asks the relay's admin listener. Acting needs the admin token (--token-file), and so does looking from another \
            machine. A Unix socket that only the relay's user and root can open needs none.

            Exit code 0: done. 1: the relay could not be asked, or you said no. 2: the relay refused, and says why. 64: the \
            options make no sense.
            """,
        subcommands: [
            List.self, Show.self, Watch.self, Open.self, Kick.self, Close.self, Ban.self, Unban.self, Bans.self,
        ]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all rooms.")
        @OptionGroup var relay: AdminOptions

        func run() async throws {
            try await self.relay.say(.rooms, as: OperatorAnswers.RoomList.self) { OperatorText.list($0.rooms) }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows a room and who has its seats.")
        @Argument(help: "Its name.") var room: String
        @OptionGroup var relay: AdminOptions

        func run() async throws {
            try await self.relay.say(.room(self.room), as: OperatorAnswers.RoomList.self) { answer in
                answer.rooms.first.map(OperatorText.show) ?? OperatorText.list([])
            }
        }
    }
}
