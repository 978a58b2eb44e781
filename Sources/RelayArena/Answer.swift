import Synchronization

/// The answer of another thread, waited for with a time limit: a thread that hangs must not silence the others.
package final class Answer<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value?, Never>?>

    private init(_ continuation: CheckedContinuation<Value?, Never>) { self.continuation = Mutex(continuation) }

    /// Answers, unless it was answered before or the time limit has passed.
    package func give(_ value: Value?) {
        let continuation = self.continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        continuation?.resume(returning: value)
    }

    /// Asks and waits.
    ///
    /// - Parameters:
    ///   - patience: The time limit.
    ///   - ask: Posts the question; false if there is nobody to ask.
    /// - Returns: Nil if there was nobody to ask or no answer in time.
    package static func wait(_ patience: Duration, ask: (Answer<Value>) -> Bool) async -> Value? {
        await withCheckedContinuation { continuation in
            let answer = Answer(continuation)
            guard ask(answer) else { return answer.give(nil) }
            Task {
                try? await Task.sleep(for: patience)
                answer.give(nil)
            }
        }
    }
}
