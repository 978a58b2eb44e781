import RelayWire
import RelayCore

/// The rooms of a thread that tick at the same moments: one rate, one place in the period.
package final class TickSlot {
    let schedule: TickSchedule
    /// Index among the slots of its rate. Under overload it also shifts the slot's tick numbers, so that slots stay apart.
    private let index: UInt64
    /// Watches the connections of rooms that ask first who can be read.
    let poll: SocketPoll
    var rooms: [HostedRoom] = []
    /// Connections with a seat, in all its rooms: the measure of a slot's load.
    var connections = 0
    /// Its rooms run at every stride-th tick number.
    package private(set) var stride: UInt64 = 1
    /// The slot's tick that is due next.
    package private(set) var nextTick: Tick

    package init?(schedule: TickSchedule, index: UInt64, now: Instant) {
        guard let poll = SocketPoll() else { return nil }
        (self.schedule, self.index, self.poll) = (schedule, index, poll)
        self.nextTick = schedule.tick(at: now).advanced(by: 1)
    }

    package var deadline: Instant { self.schedule.deadline(of: self.nextTick) }

    /// When its connections are read before the next tick; nil if that comes soon enough.
    package private(set) var nextReading: Instant?
    /// No connection is left unread for longer than this, half of the time in which a ping must be answered. Nanoseconds.
    private static let longestUnread: UInt64 = 125_000_000

    /// Its connections have been read. Divides a long time until the tick into equal parts.
    package func planReading(after now: Instant) {
        let left = self.deadline.since(now)
        self.nextReading = left > Self.longestUnread ? now.advanced(by: left / (left / Self.longestUnread + 1)) : nil
    }

    /// When it is to be looked at next.
    package var due: Instant { min(self.deadline, self.nextReading ?? self.deadline) }

    /// The tick to run now, and how many due ticks it skips: a late slot skips numbers, it never bursts.
    package func takeDueTick(at now: Instant) -> (tick: Tick, skipped: UInt64) {
        let skipped = self.schedule.tick(at: now).since(self.nextTick) / self.stride
        let tick = self.nextTick.advanced(by: skipped * self.stride)
        self.nextTick = tick.advanced(by: self.stride)
        return (tick, skipped)
    }

    /// Continues after `now`, for a slot that has been without rooms: the ticks in between are neither late nor skipped.
    func skip(to now: Instant) {
        self.nextTick = self.onStride(max(self.nextTick, self.schedule.tick(at: now).advanced(by: 1)))
    }

    /// Runs its rooms at this stride, as far as their rate allows.
    package func setStride(_ stride: UInt64) {
        self.stride = min(stride, Self.maximumStride(rate: self.schedule.rate))
        self.nextTick = self.onStride(self.nextTick)
    }

    /// The largest stride at a rate: a stride above 1 must not keep a player waiting for a frame for more than a quarter of a
    /// second.
    static func maximumStride(rate: UInt64) -> UInt64 { min(4, max(1, rate / 4)) }

    /// The first tick from `tick` on that is the slot's to run.
    private func onStride(_ tick: Tick) -> Tick {
        tick.advanced(by: (self.stride + self.index % self.stride - tick.rawValue % self.stride) % self.stride)
    }
}
