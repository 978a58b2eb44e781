import RelaySimulation
import Testing

@Suite("Rooms and clients under seeded faults")
struct SimulationTests {
    @Test("Every invariant holds in every world", arguments: 0..<20)
    func sweep(decade: UInt64) {
        for seed in (1_000 + decade * 20)..<(1_020 + decade * 20) {
            let failure = World(Campaign.plan(seed: seed, ticks: 250)).run()
            #expect(failure == nil, "\(failure.map { "\($0)" } ?? "")")
        }
    }

    @Test("Long worlds hold too", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func longWorld(seed: UInt64) {
        let failure = World(Campaign.plan(seed: seed, ticks: 4_000)).run()
        #expect(failure == nil, "\(failure.map { "\($0)" } ?? "")")
    }

    @Test("The same seed is the same world, to the byte", arguments: [11, 12, 13, 14, 15, 16, 17, 18] as [UInt64])
    func replay(seed: UInt64) {
        let (first, second) = (World(Campaign.plan(seed: seed, ticks: 500)), World(Campaign.plan(seed: seed, ticks: 500)))
        #expect(first.run() == second.run())
        #expect(first.digest == second.digest)
        #expect(first.totals == second.totals)
    }

    @Test("Another seed is another world")
    func otherSeed() {
        let (first, second) = (World(Campaign.plan(seed: 21, ticks: 300)), World(Campaign.plan(seed: 22, ticks: 300)))
        _ = (first.run(), second.run())
        #expect(first.digest != second.digest)
    }

    @Test("What failed once holds", arguments: FailingSeed.all)
    func failingSeed(_ failing: FailingSeed) {
        let failure = World(Campaign.plan(seed: failing.seed, ticks: failing.ticks)).run()
        #expect(failure == nil, "\(failure.map { "\($0)" } ?? ""): \(failing.found)")
    }

    /// Faults that do not happen prove nothing: a sweep must go through all of them.
    @Test("Worlds go through everything they are for")
    func coverage() {
        var campaign = Campaign(firstSeed: 5_000, ticksPerWorld: 600)
        while campaign.totals.worlds < 60, campaign.runNext() {}
        let totals = campaign.totals
        #expect(campaign.failure == nil)
        let counts = [
            totals.differences, totals.merged, totals.snapshots, totals.framesHeldBack, totals.remainders, totals.privateMessages,
            totals.rejoins, totals.stalls, totals.revivals, totals.drops, totals.holdsExpired, totals.gaps, totals.resyncs,
            totals.uplinksRepeated, totals.operationsRefused, totals.eventsForgotten, totals.counterSteps, totals.seatsLost,
            totals.hostileCloses, totals.contentsCompared, totals.restarts, totals.hides, totals.hiddenStalls,
        ]
        #expect(counts.allSatisfy { $0 > 0 }, "\(totals.lines)")
    }
}

@Suite("The invariants can fail")
struct DefectTests {
    /// A shell with a mistake built in must be found out, and soon.
    @Test("A planted mistake is found", arguments: Defect.allCases)
    func isFound(_ defect: Defect) {
        var found: SimulationFailure?
        var seed: UInt64 = 1
        while found == nil, seed <= 60 {
            found = World(Campaign.plan(seed: seed, ticks: 600), defect: defect).run()
            seed += 1
        }
        #expect(found != nil, "\(defect) went unnoticed in 60 worlds")
    }

    @Test("Without it, the same worlds hold", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func control(seed: UInt64) {
        #expect(World(Campaign.plan(seed: seed, ticks: 600)).run() == nil)
    }
}
