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
