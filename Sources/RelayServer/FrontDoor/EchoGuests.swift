import Synchronization

/// Counts the connections to the echo.
final class EchoGuests: Sendable {
    private let count = Atomic(0)

    /// Takes one in; false if there are as many as there may be.
    func enter() -> Bool {
        guard self.count.add(1, ordering: .relaxed).newValue > EchoHandler.maximumConnections else { return true }
        self.leave()
        return false
    }

    func leave() { self.count.subtract(1, ordering: .relaxed) }
}
