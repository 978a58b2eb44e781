import Logging
import NIOCore
import Synchronization

/// Lines about tickets that let nobody in. Bounded for each reason, because strangers cause them, and one reason must not hide the others:
/// what was left out is said with the next line of the same reason.
final class TicketLog: Sendable {
    private struct Budget {
        static let burst = 5.0
        static let perSecond = 1.0

        var allowance = Self.burst
        var refilled: NIODeadline?
        var leftOut = 0

        /// Lines left out since the last one that was written; nil if this one has to be left out too.
        mutating func take(at now: NIODeadline) -> Int? {
            let elapsed = self.refilled.map { Double((now - $0).nanoseconds) / 1e9 } ?? 0
            (self.allowance, self.refilled) = (min(Self.burst, self.allowance + elapsed * Self.perSecond), now)
            guard self.allowance >= 1 else {
                self.leftOut += 1
                return nil
            }
            self.allowance -= 1
            defer { self.leftOut = 0 }
            return self.leftOut
        }
    }

    private let budgets = Mutex<[TicketFault: Budget]>([:])

    func write(_ fault: TicketFault, _ detail: String?, peer: String, to logger: Logger, at now: NIODeadline) {
        guard let leftOut = self.budgets.withLock({ $0[fault, default: Budget()].take(at: now) }) else { return }
        var metadata: Logger.Metadata = ["kind": "ticket", "reason": "\(fault.rawValue)", "peer": "\(peer)"]
        metadata["detail"] = detail.map { "\($0)" }
        if leftOut > 0 { metadata["left_out"] = "\(leftOut)" }
        logger.notice("ticket refused", metadata: metadata)
    }
}
