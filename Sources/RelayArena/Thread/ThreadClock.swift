import RelayWire
import RelayClocks
import RelayCore
import RelayTransport

/// The clocks of a thread's connections.
final class ThreadClock: TransportClock {
    private var reading = ReadClocks()

    var now: Instant { Clock.monotonic() }

    func beginReading() -> Instant {
        self.reading = ReadClocks()
        return self.reading.monotonic
    }

    func arrival(stamp: Int64, lastRead: Instant) -> Instant? { self.reading.arrival(stamp: stamp, lastRead: lastRead) }
}
