import RelayWire

/// The times of slots: the tick period of the relay, cut into phases over which the players are spread.
///
/// A player is meant to write at its slot of each tick. Its writes are numbered by tick, made or not: the number alone tells when
/// a write was meant, however late it was made, and a number that nobody ever saw is a write that was held back.
package struct SlotSchedule {
    /// Slots, as another schedule has ticks.
    private let slots: TickSchedule
    /// Ticks per second.
    let rate: UInt64
    /// Slots per tick.
    package let phases: UInt64

    /// - Parameter phases: Nil for slots of about 4 ms, as the relay's.
    package init(origin: UInt64, rate: UInt64, phases: Int? = nil) {
        (self.rate, self.phases) = (rate, phases.map { UInt64($0) } ?? max(1, 240 / rate))
        self.slots = TickSchedule(origin: Instant(nanoseconds: origin), rate: self.rate * self.phases)
    }

    var origin: UInt64 { self.slots.origin.nanoseconds }

    package func deadline(of slot: UInt64) -> UInt64 { self.slots.deadline(of: Tick(rawValue: slot)).nanoseconds }

    package func slot(at now: UInt64) -> UInt64 { self.slots.tick(at: Instant(nanoseconds: now)).rawValue }

    /// Nanoseconds, rounded up: frames that are exactly two ticks apart are not more than two ticks apart.
    package var tickLength: UInt64 { (1_000_000_000 + self.rate - 1) / self.rate }

    // MARK: Writes

    /// Number of the write that is meant for a slot, from 1.
    package func write(at slot: UInt64) -> UInt64 { slot / self.phases + 1 }

    /// The slot that a write of a player of this phase is meant for.
    package func slot(ofWrite number: UInt64, phase: UInt64) -> UInt64 { (number - 1) * self.phases + phase }

    /// The first write of a player of this phase that is meant for `slot` or a later one.
    package func firstWrite(from slot: UInt64, phase: UInt64) -> UInt64 {
        (slot - min(slot, phase) + self.phases - 1) / self.phases + 1
    }
}
