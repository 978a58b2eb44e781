/// Turns "what time is it" into "which tick is it". A pure function of the instants it is given.
@usableFromInline package struct TickSchedule: Hashable, Sendable {
    /// When tick 0 was due, on the monotonic clock.
    @usableFromInline package var origin: Instant
    /// Ticks per second.
    @usableFromInline package var rate: UInt64

    @usableFromInline package init(origin: Instant, rate: UInt64) { (self.origin, self.rate) = (origin, rate) }

    /// Floor of elapsed time times rate: multiplied before dividing, so that 30 Hz never drifts by a rounded period.
    @usableFromInline package func tick(at now: Instant) -> Tick {
        let product = now.since(self.origin).multipliedFullWidth(by: self.rate)
        return Tick(rawValue: UInt64(1_000_000_000).dividingFullWidth(product).quotient)
    }

    /// The first instant at which ``tick(at:)`` returns `tick`.
    @usableFromInline package func deadline(of tick: Tick) -> Instant {
        let product = tick.rawValue.multipliedFullWidth(by: 1_000_000_000)
        let (quotient, remainder) = self.rate.dividingFullWidth(product)
        return self.origin.advanced(by: quotient + (remainder == 0 ? 0 : 1))
    }
}
