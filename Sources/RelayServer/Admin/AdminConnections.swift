import NIOCore

/// The connections of the admin listener: bounded in number, closed when silent too long. Lives on the listener's event loop.
final class AdminConnections {
    /// Connections at a time: half of the descriptors reserved from players, so that forgotten tools cannot keep players out.
    /// Over it, the connection idle longest is evicted; if all are being answered, the one whose answer takes longest.
    static let maximum = 128

    /// Oldest first.
    private var open: [AdminConnection] = []
    private let counters: FrontDoorCounters
    /// The listener ends: what still comes out of its backlog is closed at once, or it would hold up the shutdown until it times out.
    private var isClosing = false

    init(_ counters: FrontDoorCounters) { self.counters = counters }

    func closeAll() {
        self.isClosing = true
        for connection in self.open { connection.close() }
    }

    func enter(_ connection: AdminConnection) {
        guard !self.isClosing else { return connection.close() }
        if self.open.count >= Self.maximum, let leastMissed = self.open.min(by: { $0.goesBefore($1) }) {
            self.end(leastMissed, .adminEvicted)
        }
        self.open.append(connection)
    }

    func leave(_ connection: AdminConnection) { self.open.removeAll { $0 === connection } }

    func end(_ connection: AdminConnection, _ reason: FrontDoorCounters.Reason) {
        self.counters.count(reason)
        self.leave(connection)
        connection.close()
    }
}
