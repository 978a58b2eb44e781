import ArgumentParser
import Foundation
import RelayServer

/// Mints a ticket.
struct TicketCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ticket", abstract: "Mints a ticket for a player, and prints it alone.",
        discussion: """
            For trials and scripts: a game's server mints tickets by any JWT library (Protocol/SPEC.md section 19). A ticket lets whoever \
            holds it in, as often as it likes until it expires: do not print it into logs. Into a file of your own alone: (umask 077; tickrelay ticket … > FILE), for \
            'bots --ticket-file' takes none that everybody may read.

            Exit code 64: the options make no sense. 78: the key file cannot be used.
            """
    )

    @Option(help: ArgumentHelp("The file of 'tickrelay keys', with a key that can sign.", valueName: "file")) var keys: String
    @Option(help: "Which key; default: the newest that can sign.") var kid: String?
    @Option(help: "The player's id: 1 to 64 bytes.") var player: String
    @Option(help: "The player's name, for people: up to 64 bytes.") var name = ""
    @Option(help: "The room, or with a * at its end all rooms that begin so.") var room: String
    @Option(help: "Only for rooms of this type.") var type: String?
    @Option(help: "What the player may: create, play, spectate, host, kick; separated by commas.") var rights = "play"
    @Option(help: "How long it lasts: 30s, 5m, 12h.") var lifetime = "5m"
    @Option(help: "The claim iss.") var issuer: String?
    @Option(help: "The claim aud.") var audience: String?

    func validate() throws { _ = try (self.ticket, self.seconds) }

    func run() async throws {
        do throws(TicketKeys.Refused) {
            var issuer = try TicketIssuer(try await TicketKeyFile(self.keys).load(), identifier: self.kid)
            (issuer.issuer, issuer.audience) = (self.issuer, self.audience)
            let text = try? issuer.mint(self.ticket, begins: Int64(time(nil)), lifetime: self.seconds)
            guard let text else { throw TicketKeys.Refused("makes a ticket that is longer than a relay takes") }
            Console.say(text)
        } catch {
            Console.complain("\(self.keys): \(error)")
            throw ExitCode(InvalidConfiguration.exitCode)
        }
    }

    private var ticket: Ticket {
        get throws {
            do throws(Ticket.Unusable) {
                return try Ticket(player: self.player, name: self.name, room: self.room, rights: self.rights, type: self.type)
            } catch {
                throw ValidationError("\(error)")
            }
        }
    }

    private var seconds: Int64 {
        get throws {
            guard let lifetime = Duration(setting: self.lifetime), lifetime.components.seconds >= 1 else {
                throw ValidationError("--lifetime must be a duration of at least 1s: 30s, 5m, 12h")
            }
            return lifetime.components.seconds
        }
    }
}
