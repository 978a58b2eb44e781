import ArgumentParser
import RelayServer

/// Judges settings without starting anything.
struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Says what is wrong with the settings, all at once (exit code 78), or nothing.",
        discussion: ConfigurationKey.help
    )

    @OptionGroup var settings: SettingOptions

    func run() throws {
        _ = try self.settings.load()
        Console.say("The settings are good.")
    }
}
