import ArgumentParser

/// The one command. Only this target reads arguments, environment, clock and entropy.
@main
struct TickRelayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tickrelay",
        abstract: "A tick-aligned relay for multiplayer game state.",
        subcommands: [
            ServeCommand.self, RoomsCommand.self, BotsCommand.self, CheckConfigCommand.self, TicketCommand.self, KeysCommand.self,
            SetupCommand.self,
        ]
    )
}
