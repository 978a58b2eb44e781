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
        /// Bytes of all frames on this connection up to the end of this one.
        var end: UInt64
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
    /// Bytes of all frames on this connection.
    private var bytes: UInt64 = 0

    var oldest: Entry? { self.count == 0 ? nil : self.ring[self.first] }
    /// When that was handed over, on the liveness clock; for who asks at every tick.
    var oldestHandOver: Instant? { self.count == 0 ? nil : self.ring[self.first].liveness }
    var newest: Entry? { self.count == 0 ? nil : self.ring[(self.first + self.count - 1) % self.ring.count] }

    /// The oldest frame in flight that the client's kernel does not have whole. O(count).
    ///
    /// - Parameter undelivered: The newest bytes, which it has not acknowledged. More than the frames have means all of them.
    func oldestUndelivered(_ undelivered: UInt64) -> Entry? {
        let delivered = self.bytes - min(undelivered, self.bytes)
        for offset in 0..<self.count {
            let entry = self.ring[(self.first + offset) % self.ring.count]
            if entry.end > delivered { return entry }
        }
        return nil
    }

    /// Forgets everything about a connection.
    mutating func reset() {
        (self.first, self.count, self.acknowledged, self.unsampled, self.bytes) = (0, 0, .none, nil, 0)
    }

    /// Adds a frame of so many bytes. Ticks must ascend.
    mutating func append(_ tick: Tick, bytes: Int, handedOver: Instant, liveness: Instant) {
        if self.count == self.ring.count { self.grow() }
        self.bytes &+= UInt64(truncatingIfNeeded: bytes)
        self.ring[(self.first + self.count) % self.ring.count] =
            Entry(tick: tick, handedOver: handedOver, liveness: liveness, end: self.bytes)
        self.count += 1
    }

    /// Counts a frame that nobody is to acknowledge.
    mutating func pass(bytes: Int) { self.bytes &+= UInt64(truncatingIfNeeded: bytes) }

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
        let empty = Entry(tick: .none, handedOver: .zero, liveness: .zero, end: 0)
        let straight = Array(self.ring[self.first...] + self.ring[..<self.first])
        self.ring = straight + Array(repeating: empty, count: max(16, straight.count))
        self.first = 0
    }
}
