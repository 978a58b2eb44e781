import Synchronization

/// Whether players are to be sent here: `/readyz`.
package final class Readiness: Sendable {
    /// A relay passes through these in order.
    package enum Stage: Int, Sendable {
        /// Listeners open, rooms are restored.
        case starting
        case ready
        case draining
    }

    private let reached = Atomic<Int>(Stage.starting.rawValue)

    package init() {}

    package var stage: Stage { Stage(rawValue: self.reached.load(ordering: .relaxed)) ?? .starting }

    /// Goes on to a stage; never back.
    package func reach(_ stage: Stage) { _ = self.reached.max(stage.rawValue, ordering: .relaxed) }
}
