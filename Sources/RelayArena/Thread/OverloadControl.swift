import RelayCore

/// Decides the stride of a thread's rooms from the thread's idle time: under overload they run at every stride-th tick number.
///
/// ```
///                     a second without idle time, ticks skipped
///   stride 1  ─────────────────────────────────────────────────►  2 ─► 3 ─► 4
///             ◄─────────────────────────────────────────────────
///                3 s that the next lower stride would have left half idle, or 20 s that it would have left 15 % idle
/// ```
///
/// Time is judged in windows of the liveness clock, because a pause of the whole process is no load.
package struct OverloadControl {
    /// 1 normally, up to ``maximumStride`` under overload.
    package private(set) var stride: UInt64 = 1
    let maximumStride: UInt64
    /// Whether the thread cannot hold its ticks: then it takes no newcomers. Also at stride 1, if the rate allows no other: then
    /// rooms skip ticks.
    package private(set) var isOverloaded = false
    /// Share of the last window in which the thread had something to do, per mille.
    private(set) var busyPermille: UInt64 = 0

    private var counted: UInt64 = 0
    private var idle: UInt64 = 0
    private var ticksRun: UInt64 = 0
    private var ticksSkipped: UInt64 = 0
    private var lateWindows = 0
    private var ease = 0

    /// - Parameter rate: Ticks per second of the thread's rooms.
    package init(rate: UInt64) { self.maximumStride = TickSlot.maximumStride(rate: rate) }

    /// Length of a window, nanoseconds.
    package static let window: UInt64 = 500_000_000
    /// Windows in a row without idle time and with skipped ticks, until the stride grows.
    static let lateWindowsToGrow = 2
    /// Points for an easy and for a very easy window, and the sum at which the stride shrinks. Any other window resets the sum: a
    /// load that is nearly too much for the lower stride must not swing between the two.
    static let easyWindow = 1
    static let veryEasyWindow = 7
    static let easeToShrink = 40
    /// Less idle time than this counts as none. Per mille.
    static let leastIdle: UInt64 = 50
    /// A thread that skips more than this share of its ticks does not hold them. Per mille.
    static let tolerableSkips: UInt64 = 50
    /// Maximum load expected at the next lower stride, for an easy and for a very easy window. Per mille.
    static let easilyBusy: UInt64 = 850
    static let veryEasilyBusy: UInt64 = 500

    /// Counts a pass.
    ///
    /// - Parameters:
    ///   - length: Time since the pass before it, nanoseconds on the liveness clock.
    ///   - idle: The part of it that the thread meant to sleep, nanoseconds. A late wake-up is not idle time: another thread had
    ///     the core.
    /// - Returns: Whether ``stride`` or ``isOverloaded`` has changed.
    package mutating func recordPass(length: UInt64, idle: UInt64) -> Bool {
        self.counted += length
        self.idle += min(idle, length)
        guard self.counted >= Self.window else { return false }
        defer { (self.counted, self.idle, self.ticksRun, self.ticksSkipped) = (0, 0, 0, 0) }
        return self.judgeWindow()
    }

    /// Counts a tick that ran, and the ticks skipped because it was late.
    package mutating func recordTick(skipped: UInt64) {
        self.ticksRun += 1
        self.ticksSkipped += skipped
    }

    private mutating func judgeWindow() -> Bool {
        let before = (self.stride, self.isOverloaded)
        self.busyPermille = 1000 - self.idle * 1000 / self.counted
        let isLate =
            1000 - self.busyPermille < Self.leastIdle
            && self.ticksSkipped * 1000 > Self.tolerableSkips * (self.ticksRun + self.ticksSkipped)
        let expected = self.busyPermille * self.stride / max(1, self.stride - 1)
        self.lateWindows = isLate ? self.lateWindows + 1 : 0
        switch expected {
        case ...Self.veryEasilyBusy: self.ease += Self.veryEasyWindow
        case ...Self.easilyBusy: self.ease += Self.easyWindow
        default: self.ease = 0
        }
        if self.lateWindows == Self.lateWindowsToGrow { self.grow() }
        if self.ease >= Self.easeToShrink { self.shrink() }
        return before != (self.stride, self.isOverloaded)
    }

    private mutating func grow() {
        self.stride = min(self.stride + 1, self.maximumStride)
        self.isOverloaded = true
        self.lateWindows = 0
    }

    private mutating func shrink() {
        self.stride = max(1, self.stride - 1)
        self.isOverloaded = self.stride > 1
        self.ease = 0
    }
}
