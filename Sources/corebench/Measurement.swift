import CMeasure

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
