import RelayWire

/// The frames in flight on one connection: handed to the kernel and not yet acknowledged. A ring that grows as the round trip
/// needs. The newest acknowledged frame is kept until it has given its RTT sample.
package struct InFlightFrames {
    struct Entry: Equatable {
        var tick: Tick
        /// When the frame was handed to the kernel: monotonic.
        var handedOver: Instant
        /// The same on the liveness clock.
        var liveness: Instant
    }

    /// The result of one acknowledgement.
    enum Acknowledgement: Equatable {
        /// An older tick, or the newest again when it needs no sample any more.
        case stale
        /// The newest acknowledged tick again, still without a sample.
        case repeated(Entry)
        case advanced(Entry)
        /// A tick that was never written to this connection.
        case unknown
    }

    private var ring: [Entry] = []
    private var first = 0
    package private(set) var count = 0
    /// Newest tick acknowledged or discarded on this connection: no frame up to it is in flight.
    private(set) var acknowledged = Tick.none
    /// The newest frame acknowledged, while it has no sample.
    private var unsampled: Entry?

    var oldest: Entry? { self.count == 0 ? nil : self.ring[self.first] }

    /// Forgets everything about a connection.
    mutating func reset() {
        (self.first, self.count, self.acknowledged, self.unsampled) = (0, 0, .none, nil)
    }

    /// Adds a frame. Ticks must ascend.
    mutating func append(_ entry: Entry) {
        if self.count == self.ring.count { self.grow() }
        self.ring[(self.first + self.count) % self.ring.count] = entry
        self.count += 1
    }

    /// Corrects the hand-over time of the newest frame, whose last byte the kernel took only now.
    mutating func completeNewest(at now: Instant) {
        guard self.count > 0 else { return }
        self.ring[(self.first + self.count - 1) % self.ring.count].handedOver = now
    }

    /// Forgets the frames in flight, because the client said that it cannot use them. Late acknowledgements of them are ignored.
    mutating func discardOutstanding() {
        guard self.count > 0 else { return }
        self.acknowledged = self.ring[(self.first + self.count - 1) % self.ring.count].tick
        self.unsampled = nil
        self.count = 0
    }

    /// The newest acknowledged frame has given its sample.
    mutating func sampled() { self.unsampled = nil }

    mutating func acknowledge(_ tick: Tick) -> Acknowledgement {
        guard tick > self.acknowledged else {
            return tick == self.acknowledged ? self.unsampled.map { .repeated($0) } ?? .stale : .stale
        }
        var (first, count) = (self.first, self.count)
        while count > 0, self.ring[first].tick < tick {
            first = (first + 1) % self.ring.count
            count -= 1
        }
        guard count > 0, self.ring[first].tick == tick else { return .unknown }
        let entry = self.ring[first]
        (self.first, self.count) = ((first + 1) % self.ring.count, count - 1)
        (self.acknowledged, self.unsampled) = (tick, entry)
        return .advanced(entry)
    }

    private mutating func grow() {
        let empty = Entry(tick: .none, handedOver: .zero, liveness: .zero)
        let straight = Array(self.ring[self.first...] + self.ring[..<self.first])
        self.ring = straight + Array(repeating: empty, count: max(16, straight.count))
        self.first = 0
    }
}
