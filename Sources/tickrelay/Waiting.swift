import Foundation
import Synchronization

/// Waits on a thread of ours for what is asynchronous.
enum Waiting {
    private final class Answer<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
        let isThere = DispatchSemaphore(value: 0)
    }

    static func wait<Value: Sendable>(for body: @escaping @Sendable () async -> Value) -> Value {
        let answer = Answer<Value>()
        Task.detached {
            let value = await body()
            answer.value.withLock { $0 = value }
            answer.isThere.signal()
        }
        answer.isThere.wait()
        guard let value = answer.value.withLock({ $0 }) else { preconditionFailure("signalled without an answer") }
        return value
    }
}
