import CMeasure

/// Something whose cost is measured. Made ready by its initialiser: buffers have grown, and what it will be fed exists.
protocol Scenario: AnyObject {
    /// Does it `count` times. At most as often as it was made for.
    func run(_ count: Int)
}

/// A scenario by name, and how often the gate runs it.
struct ScenarioEntry: Sendable {
    let name: String
    /// For rooms a multiple of the ticks from heartbeat to heartbeat, so that every run has its share of heartbeats.
    let iterations: Int
    /// Makes it ready for so many iterations.
    let make: @Sendable (Int) -> any Scenario

    init(_ name: String, _ iterations: Int, make: @escaping @Sendable (Int) -> any Scenario) {
        (self.name, self.iterations, self.make) = (name, iterations, make)
    }
}

/// What one run cost.
struct Measurement {
    let allocations: UInt64
    let nanoseconds: Int64

    init(of scenario: any Scenario, iterations: Int) {
        var section = Section(scenario: scenario, iterations: iterations)
        let before = allocation_count()
        let start = ContinuousClock.now
        withUnsafeMutablePointer(to: &section) {
            measured_section({ $0?.assumingMemoryBound(to: Section.self).pointee.run() }, $0)
        }
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        self.nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        self.allocations = allocation_count() - before
    }

    private struct Section {
        let scenario: any Scenario
        let iterations: Int
        func run() { self.scenario.run(self.iterations) }
    }
}
