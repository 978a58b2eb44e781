import RelayCore
import RelayWire

/// Who waits to be told what became of a request to a room of one thread: until the tick that carries it out, the end of the room, or the
/// thread's.
final class PendingRequests {
    /// At most so many wait; more are refused at once. Whoever hangs up waits no more, but its request does.
    static let maximum = 4096

    private var answers: [UInt64: Answer<RequestOutcome>] = [:]
    private var newest: UInt64 = 0

    /// Remembers who is to be told. Returns the request's number; nil if as many wait as may.
    func add(_ answer: Answer<RequestOutcome>) -> UInt64? {
        guard self.answers.count < Self.maximum else { return nil }
        self.newest += 1
        self.answers[self.newest] = answer
        return self.newest
    }

    func answer(_ request: UInt64, _ outcome: RequestOutcome) {
        self.answers.removeValue(forKey: request)?.give(outcome)
    }

    /// Refuses all: their ticks will not come.
    func refuseAll(_ code: CloseCode) {
        for answer in self.answers.values { answer.give(.refused(code)) }
        self.answers = [:]
    }
}
