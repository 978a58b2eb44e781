import RelayCore

/// Those who wait to be told what became of a request: of one thread, until the tick that carries it out or the end of its room.
final class PendingRequests {
    private var answers: [UInt64: Answer<RequestOutcome>] = [:]
    private var newest: UInt64 = 0

    /// Remembers who is to be told. Returns the request's number.
    func await(_ answer: Answer<RequestOutcome>) -> UInt64 {
        self.newest += 1
        self.answers[self.newest] = answer
        return self.newest
    }

    func answer(_ request: UInt64, _ outcome: RequestOutcome) {
        self.answers.removeValue(forKey: request)?.give(outcome)
    }
}
