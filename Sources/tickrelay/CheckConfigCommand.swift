import ArgumentParser
import Foundation
import RelayServer

/// Judges settings without starting anything.
struct CheckConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Says what is wrong with the settings, all at once (exit code 78), or nothing.",
        discussion: ConfigurationKey.help
    )

    @OptionGroup var settings: SettingOptions

    @Flag(help: "Prints a commented file of settings to start from, and checks nothing.") var example = false

    func run() throws {
        if self.example { return Console.say(ConfigurationKey.exampleFile.trimmingCharacters(in: .newlines)) }
        _ = try self.settings.load()
        Console.say("The settings are good.")
    }
}
