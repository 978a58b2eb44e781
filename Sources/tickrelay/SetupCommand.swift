import ArgumentParser
import Foundation
import RelayServer

/// Takes a relay live: asks, writes settings and keys, judges them, and says what is left to do.
struct SetupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup", abstract: "Going live: writes settings and keys, and says what to open, to start and to join with.",
        discussion: """
            In a terminal it asks for what no option says. Elsewhere it needs --host, who encrypts, and --access; or --host \
            and --yes, which takes the default of every other question. Keys and tokens that are there are kept, and so are \
            settings that say the same.

            Exit code 64: the options make no sense, or do not say enough. 73: a file cannot be written. 78: the settings have \
            problems, and each is printed; the files stay.
            """
    )

    @OptionGroup var options: SetupOptions
    @Flag(help: "Writes new settings where others are; these are kept as tickrelay.json.1, .2 and so on.") var replace = false
    @Flag(help: "Prints everything as one JSON object, with the ticket.") var json = false

    func run() async throws {
        let questions = try SetupDialogue.complete(try self.options.questions, takesDefaults: self.options.yes)
        let relay = RelayAccount(group: self.options.group)
        let place = relay.place(of: questions.directory)
        guard !place.isPackaged || self.options.group == "tickrelay" else {
            throw ValidationError("The package's relay runs as tickrelay: --group is for another --directory")
        }
        guard let plan = SetupPlan(questions, place: place) else {
            preconditionFailure("every question is answered")
        }
        var outcome = try self.write(plan, for: relay)
        outcome.notes += relay.notes
        await self.judge(plan, relay, &outcome)
        outcome.ticket = await Self.ticket(plan)
        try self.say(plan, outcome)
    }

    private func write(_ plan: SetupPlan, for relay: RelayAccount) throws -> SetupOutcome {
        do throws(SetupFailure) {
            return try SetupFiles(plan: plan, group: relay.groupIdentifier, replaces: self.replace).write()
        } catch {
            Console.complain("\(error)")
            throw ExitCode(error.exitCode)
        }
    }

    /// Reads what was written, as the relay's user does.
    private func judge(_ plan: SetupPlan, _ relay: RelayAccount, _ outcome: inout SetupOutcome) async {
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let files = [plan.encryption.certificate, plan.encryption.key].compactMap { $0 }
        // One that is there and cannot be read is a problem, and not certbot's: it would be written over.
        outcome.lacksCertificate = !files.isEmpty && files.allSatisfy { !SafePlace.exists($0) }
        let (problems, note) = await relay.perform {
            await SetupCheck.problems(in: plan.settingsFile, processors: processors, now: time(nil))
        }
        outcome.problems = problems + plan.problems
        if let note { outcome.notes.append(note) }
    }

    /// Seconds: 12 hours.
    private static let ticketLifetime: Int64 = 43_200

    /// Nil where none is needed, and where tickets are signed elsewhere.
    private static func ticket(_ plan: SetupPlan) async -> SetupOutcome.FirstTicket? {
        guard case .tickets(let player) = plan.access,
            let ticket = try? Ticket(player: player, name: "", room: plan.room, rights: "create,play"),
            let keys = try? await TicketKeyFile(plan.issuerFile).load(), let issuer = try? TicketIssuer(keys)
        else { return nil }
        let now = Int64(time(nil))
        return issuer.mint(ticket, begins: now, lifetime: Self.ticketLifetime).map {
            SetupOutcome.FirstTicket(text: $0, expires: now + Self.ticketLifetime)
        }
    }

    private func say(_ plan: SetupPlan, _ outcome: SetupOutcome) throws {
        Console.say(self.json ? SetupReport(plan, outcome).text : plan.closingText(outcome))
        guard !outcome.problems.isEmpty else { return }
        Console.complain("\nBefore players can come, this has to be mended:")
        for problem in outcome.problems { Console.complain("    \(problem)") }
        throw ExitCode(InvalidConfiguration.exitCode)
    }
}
