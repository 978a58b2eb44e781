import ArgumentParser
import CRelayLinux
import Foundation
import RelayBots
import RelayClient
import RelayServer

/// Plays in rooms with headless players and judges what they saw.
struct BotsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bots",
        abstract: "Plays in rooms with headless players, and says whether the relay kept its promises.",
        discussion: """
            The verdict is pass if everybody joined and came back, replicas agreed, nothing was lost unsaid, and the relay was in time: \
            at most 1 % of the writes may take longer than two periods of their room to the other players, at most 1 % of the time may \
            pass in frame intervals longer than that, and nobody may be without a frame for as long as the relay's own stallAfter. \
            A period is one tick, or as many as the relay says that it runs apart when it is overloaded.

            Every write counts, from the moment at which it was meant to be made, whatever held it back. What players suffer on purpose, \
            and two seconds after it, counts as catch-up instead. How late this process itself was stands beside it. RTT is \
            the relay's own, which heartbeats tell in whole milliseconds: 0 is less than half of one, and /stats has microseconds.

            Players who come back hear from the relay why their connection had ended. The report counts these causes by what was done to \
            the player on purpose, and says how many were right.

            With --lobby players are not told where to play: each quick-joins a room of bots (its card says "bots": true) and makes one if none \
            has a seat left. --rooms times --players play, and a room that is made has --players seats. The report says in how many rooms \
            they found themselves, how full these were, how long that took, and how often it was refused.

            Exit code 0: verdict pass. 1: fail, also if for 2.5 s nobody listens. 64: the options make no sense. SIGINT and SIGTERM end \
            a run early.
            """
    )

    @Option(help: "Where the relay is: ws://HOST:PORT or wss://HOST:PORT.") var url = "ws://127.0.0.1:7777"
    @Option(help: ArgumentHelp("For wss: the authorities that certify the relay, instead of this machine's.", valueName: "file"))
    var authorities: String?
    @Flag(help: "For wss: believe anybody that it is the relay. In tests only.") var insecure = false
    @Option(help: "Rooms.") var rooms = 1
    @Option(help: "Players in each room.") var players = 8
    @Option(help: "Seconds, from when everybody has joined.") var duration = 20.0
    @Option(help: "Of walks, faults and back-offs.") var seed: UInt64 = 1
    @Option(help: ArgumentHelp("Write the report there.", valueName: "file")) var json: String?
    @Option(help: ArgumentHelp("Write one field of so many bytes at every tick instead of walking.", valueName: "bytes"))
    var payload: Int?
    @Option(help: "Fraction of the players that stop reading and writing for a while.") var stall = 0.0
    @Option(help: "Fraction of the players that lose their connection.") var disconnect = 0.0
    @Flag(help: "Find rooms by quick join, instead of joining rooms by their names.") var lobby = false
    @Option(help: ArgumentHelp("With --lobby: the type of the rooms.", valueName: "name")) var type: String?
    @Option(help: "With --lobby: fraction of the players that leave now and then, and quick-join again.") var churn = 0.0
    @Option(help: "So many clients more that join, write and never read.") var neverRead = 0
    @Flag(help: "Read at every tick with every player, not with every eighth: dearer for this process, dearer for the relay.")
    var readEveryTick = false
    @Option(help: ArgumentHelp("So many seconds into the run everybody loses the connection, at once.", valueName: "seconds"))
    var stormAt: Double?
    @Option(help: ArgumentHelp("Moments of a tick that players are spread over; default: one per 4 ms.", valueName: "count"))
    var slots: Int?
    @Option(help: ArgumentHelp("The room's name, or what the rooms' names begin with.", valueName: "name")) var room: String?
    @Option(help: ArgumentHelp("A file with one ticket, which every player shows.", valueName: "file")) var ticketFile: String?
    @Option(help: ArgumentHelp("A file of 'tickrelay keys': each player shows a ticket of its own.", valueName: "file"))
    var ticketKeys: String?
    @Option(help: "The claim iss of these.") var ticketIssuer: String?
    @Option(help: "The claim aud of these.") var ticketAudience: String?
    @Flag(help: "Tell of every seat taken and every connection lost.") var verbose = false

    func validate() throws {
        let problems = self.options.problems + (self.relay == nil ? ["--url must be ws://HOST:PORT or wss://HOST:PORT"] : [])
        if !problems.isEmpty { throw ValidationError(problems.joined(separator: "\n")) }
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGINT) { _ in stopRequested.store(true, ordering: .relaxed) }
        signal(SIGTERM) { _ in stopRequested.store(true, ordering: .relaxed) }
        _ = crelay_raise_nofile()
        var options = self.options
        options.ticket = try self.tickets()
        guard let report = BotRun.run(options) else {
            Console.complain("cannot start: no descriptors left")
            throw ExitCode.failure
        }
        Console.say(report.summary)
        if let json = self.json { try Data(report.json()).write(to: URL(filePath: json)) }
        if !report.hasPassed { throw ExitCode.failure }
    }

    /// How players get their tickets; nil if they need none.
    private func tickets() throws -> (@Sendable (String, Int) -> String?)? {
        do throws(TicketKeys.Refused) {
            if let path = self.ticketFile {
                let text = String(decoding: try TicketKeyFile(path).readSecret(), as: UTF8.self)
                let ticket = text.trimmingCharacters(in: .whitespacesAndNewlines)
                return { _, _ in ticket }
            }
            guard let path = self.ticketKeys else { return nil }
            var issuer = try TicketIssuer(try Self.keys(in: path))
            (issuer.issuer, issuer.audience) = (self.ticketIssuer, self.ticketAudience)
            let lifetime = Int64(self.duration) + 3600
            return { [issuer] room, place in
                let ticket = try? Ticket(
                    player: "bot-\(place)", name: "Bot \(place)", room: room, rights: "create,play,host")
                return ticket.flatMap { issuer.mint($0, begins: Int64(time(nil)), lifetime: lifetime) }
            }
        } catch {
            Console.complain("\(self.ticketFile ?? self.ticketKeys ?? ""): \(error)")
            throw ExitCode(InvalidConfiguration.exitCode)
        }
    }

    private static func keys(in path: String) throws(TicketKeys.Refused) -> TicketKeys {
        let keys = Waiting.wait { () -> Result<TicketKeys, TicketKeys.Refused> in
            do throws(TicketKeys.Refused) {
                return .success(try await TicketKeyFile(path).load())
            } catch {
                return .failure(error)
            }
        }
        return try keys.get()
    }

    private var relay: RelayURL? { RelayURL(self.url) }

    private var trust: TLSTrust { self.insecure ? .anybody : self.authorities.map { .authorities(file: $0) } ?? .system }

    private var options: BotOptions {
        var options = BotOptions()
        (options.url, options.trust) = (self.relay ?? RelayURL(), self.trust)
        (options.rooms, options.players, options.duration, options.seed) = (self.rooms, self.players, self.duration, self.seed)
        (options.payload, options.stall, options.disconnect) = (self.payload, self.stall, self.disconnect)
        (options.neverRead, options.room, options.isVerbose) = (self.neverRead, self.room, self.verbose)
        (options.lobby, options.type, options.churn) = (self.lobby, self.type, self.churn)
        options.readsEveryTick = self.readEveryTick
        (options.stormAt, options.slots) = (self.stormAt, self.slots)
        return options
    }
}
