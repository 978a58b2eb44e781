import ArgumentParser
import Foundation
import RelayServer

/// Judges settings without starting anything.
struct CheckConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Says what is wrong with the settings, all at once (exit code 78), or nothing.",
        discussion: ConfigurationKey.help
    )

    @OptionGroup var settings: SettingOptions

    @Flag(help: "Prints a commented file of settings to start from, and checks nothing.") var example = false

    func run() async throws {
        if self.example { return Console.say(ConfigurationKey.exampleFile.trimmingCharacters(in: .newlines)) }
        let configuration = try await self.settings.load()
        for warning in configuration.warnings(at: time(nil)) { Console.say("warning: \(warning)") }
        Console.say("The settings are good.")
    }
}
