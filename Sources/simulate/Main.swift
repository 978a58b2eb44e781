import ArgumentParser
import RelaySimulation

@main struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Runs rooms and clients against seeded faults, in virtual time, and checks every invariant after every tick.",
        discussion: """
            Worlds have the seeds N, N+1, … until enough ticks are run. The same seed is the same world, to the byte. Ends \
            with status 1 at the first invariant that does not hold, and says how to see it again.
            """
    )

    @Option(help: "Seed of the first world.") var seed: UInt64 = 1
    @Option(help: "Room ticks to run in all.") var ticks: UInt64?
    @Option(help: "Worlds to run at most; 1 if nothing is said of ticks.") var worlds: UInt64?
    @Option(help: "Ticks with faults in each world. Drawn from its seed if left out.") var worldTicks: UInt64?
    @Option(help: "Print what the client with this number sends, reads and is told.") var trace = 0
    @Flag(help: "A line for each world.") var verbose = false

    func run() throws {
        var campaign = Campaign(firstSeed: self.seed, ticksPerWorld: self.worldTicks)
        let maximumWorlds = self.worlds ?? (self.ticks == nil ? 1 : .max)
        let clock = ContinuousClock()
        let start = clock.now
        var nextLine = start.advanced(by: .seconds(5))
        while campaign.totals.worlds < maximumWorlds, campaign.totals.ticks < self.ticks ?? .max {
            let seed = campaign.nextSeed
            let holds = campaign.runNext(tracing: self.trace)
            if self.verbose {
                let digest = Self.hexadecimal(campaign.lastDigest)
                print("seed \(seed): \(holds ? "ok" : "FAILED"), digest \(digest), \(campaign.totals.ticks) ticks so far")
            }
            guard holds else { throw self.report(campaign, seed) }
            if clock.now >= nextLine {
                print("… \(campaign.totals.ticks) ticks in \(campaign.totals.worlds) worlds, seed \(seed)")
                nextLine = clock.now.advanced(by: .seconds(5))
            }
        }
        let elapsed = (clock.now - start) / .seconds(1)
        for line in campaign.totals.lines { print(line) }
        print("all invariants held: \(Int(Double(campaign.totals.ticks) / max(elapsed, 1e-9))) ticks/s, \(Int(elapsed)) s")
    }

    private func report(_ campaign: Campaign, _ seed: UInt64) -> ExitCode {
        for line in campaign.totals.lines { print(line) }
        print("FAILED: \(campaign.failure.map { "\($0)" } ?? "unknown")")
        let length = self.worldTicks.map { " --world-ticks \($0)" } ?? ""
        print("to see it again: swift run -c release simulate --seed \(seed) --worlds 1\(length) --verbose")
        return ExitCode(1)
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
