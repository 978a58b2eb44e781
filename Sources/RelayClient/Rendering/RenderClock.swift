import RelayWire

/// Knows which tick to draw, from the times at which frames arrive. The same rule as in the browser SDK. Milliseconds throughout.
package struct RenderClock: Sendable {
    /// How fast the drawn time may run against real time while it moves to another delay.
    private static let slew = 0.1
    /// Beyond this the drawn time jumps.
    private static let jump = 500.0
    /// Arrivals this late are an outage, and no reason for a longer delay.
    private static let outage = 500.0
    /// The earliest arrival is looked for in the last one or two of these.
    private static let window = 4_000.0
    /// The time in which half of a lateness is forgotten.
    private static let halfLife = 3_000.0

    /// How far behind the relay's clock to draw; nil adapts to the frames' arrival.
    package var delay: Double?
    /// Of a tick.
    package private(set) var period = 1_000.0 / 30
    private var stride = 1.0
    private var earliest = Double.infinity
    private var earliestBefore = Double.infinity
    private var windowEnd = 0.0
    /// How late frames come in comparison to the earliest: the most, slowly forgotten.
    private var lateness = 0.0
    private var arrivedAt = 0.0
    /// The time of tick 0 as drawn, on our clock; nil before the first frame.
    private var shown: Double?
    private var shownAt = 0.0

    package init(delay: Double? = nil) { self.delay = delay }

    /// Another room: its ticks have nothing to do with those before.
    package mutating func restart(rate: UInt64) {
        self = RenderClock(delay: self.delay)
        self.period = 1_000 / Double(max(rate, 1))
    }

    package mutating func arrived(_ tick: Tick, stride: UInt64, at now: Double) {
        let offset = now - Double(tick.rawValue) * self.period
        if now > self.windowEnd {
            (self.earliestBefore, self.earliest) = (self.earliest, offset)
            self.windowEnd = now + Self.window
        }
        self.earliest = min(self.earliest, offset)
        let late = offset - self.base
        let kept = self.lateness * halved(after: (now - self.arrivedAt) / Self.halfLife)
        self.lateness = late < Self.outage ? max(late, kept) : kept
        (self.arrivedAt, self.stride) = (now, Double(stride))
    }

    private var base: Double { min(self.earliest, self.earliestBefore) }

    /// A tick has to be there before the time between it and the one before can be drawn.
    package var delayInForce: Double { self.delay ?? 1.5 * self.period * self.stride + self.lateness }

    /// The tick to draw, with a fraction; 0 before the first frame.
    package mutating func tick(at now: Double) -> Double {
        guard self.base < .infinity else { return 0 }
        let wanted = self.base + self.delayInForce
        let step = (now - self.shownAt) * Self.slew
        var shown = self.shown ?? wanted
        if abs(wanted - shown) > Self.jump { shown = wanted }
        if step > 0 { shown += max(-step, min(step, wanted - shown)) }
        (self.shown, self.shownAt) = (shown, max(self.shownAt, now))
        return max(0, (now - shown) / self.period)
    }
}

/// 0.5 to the power of `number`, which is not negative, to four digits: without a library of mathematics.
private func halved(after number: Double) -> Double {
    let whole = number.rounded(.down)
    guard whole < 32 else { return 0 }
    // e to the power of -x, as its series.
    let x = (number - whole) * 0.693_147
    let fraction = 1 - x * (1 - x / 2 * (1 - x / 3 * (1 - x / 4 * (1 - x / 5))))
    return fraction / Double(UInt64(1) << UInt64(max(0, whole)))
}
