import NIOCore

/// The time that a peer has for its handshake. An event loop that stood still does not hold that against the peer: when the timer itself
/// is late, what came meanwhile is read first, and the peer has as much time again as was lost.
final class HandshakeTimer {
    private var scheduled: Scheduled<Void>?

    /// What is later than this is not the peer's doing.
    private static let lateness = TimeAmount.milliseconds(50)
    /// The most that is given again, once.
    private static let mostGivenBack = TimeAmount.seconds(5)

    func start(on eventLoop: any EventLoop, until deadline: NIODeadline, timeIsUp: @escaping () -> Void) {
        self.cancel()
        let loop = eventLoop.assumeIsolated()
        self.scheduled = loop.scheduleTask(deadline: deadline) {
            let lost = NIODeadline.now() - deadline
            guard lost > Self.lateness else { return timeIsUp() }
            self.scheduled = loop.scheduleTask(in: min(lost, Self.mostGivenBack), timeIsUp)
        }
    }

    func cancel() { self.scheduled?.cancel() }
}
