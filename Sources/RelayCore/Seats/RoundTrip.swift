import RelayWire

/// RTT, its minimum and its jitter for one player, from acknowledgements. Microseconds.
package struct RoundTrip: Equatable, Sendable {
    /// Smoothed RTT; nil before the first sample.
    package private(set) var smoothed: UInt64?
    package private(set) var variance: UInt64 = 0
    /// Jitter as in RFC 3550 section 6.4.1, of consecutive samples.
    package private(set) var jitter: UInt64 = 0
    package private(set) var samples: UInt64 = 0
    private var last: UInt64 = 0
    private var lastJitter16: UInt64 = 0
    /// Minima of this window and the one before it.
    private var currentMinimum: UInt64?
    private var previousMinimum: UInt64?
    private var windowStart = Instant.zero
    /// Arrival of the last exact sample; before the first one, the time from which on exact samples were possible.
    private var lastExact = Instant.zero

    /// Inexact samples count only after this time without an exact one. Nanoseconds.
    package static let patience: UInt64 = 10_000_000_000
    static let window: UInt64 = 10_000_000_000
    /// Samples are clamped to this maximum: an hour.
    package static let longest: UInt64 = 3_600_000_000

    package init() {}

    /// - Parameter now: Monotonic. Exact samples are possible from here on.
    init(waitingSince now: Instant) { self.lastExact = now }

    /// The smallest exact sample of the 10 to 20 s before the newest one.
    package var minimum: UInt64? {
        guard let current = self.currentMinimum, let previous = self.previousMinimum else {
            return self.currentMinimum ?? self.previousMinimum
        }
        return min(current, previous)
    }

    /// Takes a sample.
    ///
    /// - Parameters:
    ///   - sample: Microseconds.
    ///   - exact: Whether the kernel stamped the arrival. Inexact samples are upper bounds: they never count for the minimum, and
    ///     for the rest only after ``patience`` without an exact one.
    ///   - now: Monotonic, for the window.
    /// - Returns: Whether it counts.
    /// - Source: RFC 6298 section 2 (α 1/8, β 1/4); RFC 3550 section 6.4.1.
    @discardableResult
    package mutating func add(_ sample: UInt64, exact: Bool, at now: Instant) -> Bool {
        guard exact || now.since(self.lastExact) >= Self.patience else { return false }
        let sample = min(sample, Self.longest)
        if let smoothed = self.smoothed {
            let deviation = smoothed > sample ? smoothed - sample : sample - smoothed
            self.variance = (3 * self.variance + deviation) / 4
            self.smoothed = (7 * smoothed + sample) / 8
            let step = self.last > sample ? self.last - sample : sample - self.last
            self.lastJitter16 = self.lastJitter16 + step - (self.lastJitter16 + 8) / 16
            self.jitter = self.lastJitter16 / 16
        } else {
            (self.smoothed, self.variance) = (sample, sample / 2)
        }
        self.last = sample
        self.samples += 1
        if exact {
            self.addToMinimum(sample, at: now)
            self.lastExact = now
        }
        return true
    }

    private mutating func addToMinimum(_ sample: UInt64, at now: Instant) {
        let age = now.since(self.windowStart)
        if age >= Self.window {
            // Windows must follow each other without gaps, or a sample could outlive its 20 s in the previous one.
            let follows = age < 2 * Self.window
            self.previousMinimum = follows ? self.currentMinimum : nil
            self.currentMinimum = nil
            self.windowStart = follows ? self.windowStart.advanced(by: Self.window) : now
        }
        self.currentMinimum = min(self.currentMinimum ?? sample, sample)
    }
}
