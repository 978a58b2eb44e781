import CRelayLinux
import RelayCore

/// The rooms of a thread that tick at the same moments: one rate, one phase, one epoll set, so that a slot reads only
/// those whose tick is due, each once.
final class TickGroup {
    let schedule: TickSchedule
    /// Which of the groups of its rate it is. Under overload the groups run at different tick numbers, so that slots stay apart.
    private let phase: UInt64
    /// Names who has something to say, of the rooms where not nearly all have.
    let poll: Int32
    var rooms: [HostedRoom] = []
    /// Connections with a seat, in all its rooms: what a slot costs.
    var connections = 0
    /// How many of them the epoll set watches.
    var watched = 0
    /// Its rooms run at every stride-th tick number.
    private(set) var stride: UInt64 = 1
    /// The group's tick that is due next.
    private(set) var nextTick: Tick

    init?(schedule: TickSchedule, phase: UInt64, now: Instant) {
        let poll = crelay_epoll_create()
        guard poll >= 0 else { return nil }
        (self.schedule, self.phase, self.poll) = (schedule, phase, poll)
        self.nextTick = schedule.tick(at: now).advanced(by: 1)
    }

    deinit { Carrier(descriptor: self.poll).close(abruptly: false) }

    var deadline: Instant { self.schedule.deadline(of: self.nextTick) }

    /// The tick to run now, and how many it skips of those that were to run: a late slot skips numbers, it never bursts.
    func takeDueTick(at now: Instant) -> (tick: Tick, skipped: UInt64) {
        let skipped = self.schedule.tick(at: now).since(self.nextTick) / self.stride
        let tick = self.nextTick.advanced(by: skipped * self.stride)
        self.nextTick = tick.advanced(by: self.stride)
        return (tick, skipped)
    }

    /// A group that has been without rooms goes on from here: no burst after an idle time.
    func skip(to now: Instant) {
        self.nextTick = self.onStride(max(self.nextTick, self.schedule.tick(at: now).advanced(by: 1)))
    }

    /// Runs its rooms at this stride, as far as their rate allows.
    func setStride(_ stride: UInt64) {
        self.stride = min(stride, Self.maximumStride(rate: self.schedule.rate))
        self.nextTick = self.onStride(self.nextTick)
    }

    /// The largest stride at a rate: no player waits for a frame for more than a quarter of a second.
    static func maximumStride(rate: UInt64) -> UInt64 { min(4, max(1, rate / 4)) }

    /// The first tick from `tick` on that is the group's to run.
    private func onStride(_ tick: Tick) -> Tick {
        tick.advanced(by: (self.stride + self.phase % self.stride - tick.rawValue % self.stride) % self.stride)
    }
}
