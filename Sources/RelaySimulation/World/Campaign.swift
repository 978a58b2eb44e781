import RelayWire

/// Many worlds, one after the other, with ascending seeds.
package struct Campaign: Sendable {
    package private(set) var totals = Totals()
    package private(set) var nextSeed: UInt64
    package private(set) var failure: SimulationFailure?
    /// ``World/digest`` of the last world.
    package private(set) var lastDigest: UInt64 = 0
    /// Ticks with faults in each world; drawn from the seed if nil.
    package let ticksPerWorld: UInt64?

    package init(firstSeed: UInt64, ticksPerWorld: UInt64? = nil) {
        (self.nextSeed, self.ticksPerWorld) = (firstSeed, ticksPerWorld)
    }

    /// The plan of a seed: always the same, except that `ticks` overrides the drawn length.
    package static func plan(seed: UInt64, ticks: UInt64? = nil) -> WorldPlan {
        var random = SplitMix64(seed: ~seed)
        return WorldPlan(seed: seed, ticks: ticks ?? random.within(200...3_000 as ClosedRange<UInt64>))
    }

    /// Runs the next world. False if it failed.
    package mutating func runNext(tracing author: Int = 0) -> Bool {
        let world = World(Self.plan(seed: self.nextSeed, ticks: self.ticksPerWorld))
        world.traced = author
        self.failure = world.run()
        self.totals.add(world.totals)
        self.lastDigest = world.digest
        self.nextSeed += 1
        return self.failure == nil
    }
}
