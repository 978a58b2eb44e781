import ArgumentParser
import RelayServer

extension RoomsCommand {
    struct Ban: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keeps a player out for a while, and kicks it.",
            discussion: """
                In one of three forms:

                ban ROOM SEAT        who has the seat: the player of its ticket, without tickets its address. Counts in ROOM, or
                                     with --everywhere in every room
                ban --player ID      the player of this id in tickets. Counts everywhere, or in --room
                ban --address RANGE  192.0.2.7, 192.0.2.0/24 or 2001:db8::/64. Counts everywhere, or in --room
                """
        )
        @Argument(help: "The room of the seat.") var seatRoom: String?
        @Argument(help: "The seat's number.") var seat: UInt16?
        @Option(help: ArgumentHelp("The id in its ticket.", valueName: "id")) var player: String?
        @Option(help: "An address or a range.") var address: String?
        @Option(help: ArgumentHelp("For --player and --address: where it counts.", valueName: "name")) var room: String?
        @Option(name: .customLong("for"), help: ArgumentHelp("How long: 90s, 30m, 24h, 7d.", valueName: "time")) var length =
            "24h"
        @Option(help: "For ROOM SEAT: nobody is banned if by now somebody else has the seat than at this generation.")
        var generation: UInt64?
        @Flag(help: "For ROOM SEAT: in every room.") var everywhere = false
        @Flag(help: "For ROOM SEAT without a ticket: also if others have the same address.") var shared = false
        @Option(help: "For the relay's log and 'bans'; players do not see it.") var reason: String?
        @OptionGroup var relay: AdminOptions

        func validate() throws { _ = try (self.target, self.seconds) }

        func run() async throws {
            let request = AdminRequest.ban(try self.target, seconds: try self.seconds, reason: self.reason)
            try await self.relay.say(request, as: OperatorAnswers.BanAnswer.self, OperatorText.banned)
        }

        private var target: BanTarget {
            get throws {
                var options = BanOptions()
                options.seat = (self.seatRoom, self.seat)
                (options.player, options.address, options.room) = (self.player, self.address, self.room)
                (options.isEverywhere, options.isShared) = (self.everywhere, self.shared)
                options.generation = self.generation
                do throws(BanOptions.Senseless) {
                    return try options.target()
                } catch {
                    throw ValidationError("\(error)")
                }
            }
        }

        private var seconds: Int64 {
            get throws {
                guard let length = BanLength(self.length) else {
                    throw ValidationError("--for must be whole seconds with their unit, up to ten years: 90s, 30m, 24h, 7d")
                }
                return length.seconds
            }
        }
    }

    struct Unban: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lifts a ban before its end.")
        @Argument(help: "The ban's id, from 'tickrelay rooms bans'.") var id: UInt64
        @OptionGroup var relay: AdminOptions

        func run() async throws {
            try await self.relay.say(.unban(self.id), as: OperatorAnswers.LiftAnswer.self) { OperatorText.lifted($0.lifted) }
        }
    }

    struct Bans: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the bans, the newest first.")
        @OptionGroup var relay: AdminOptions

        func run() async throws {
            try await self.relay.say(.bans, as: OperatorAnswers.BanList.self) { OperatorText.bans($0.bans) }
        }
    }
}
