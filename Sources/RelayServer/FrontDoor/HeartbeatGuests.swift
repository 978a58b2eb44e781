import Synchronization

/// Counts the connections that send heartbeats and have not said hello, in all and by address.
package final class HeartbeatGuests: Sendable {
    /// The most that may be there, in all and from one address; loopback is exempt from the second.
    package static let maximum = 1024
    package static let perAddress = 32
    /// What comes within this keeps one. Milliseconds.
    static let patience: Int64 = 15_000

    private struct Counts {
        var all = 0
        var byAddress: [AddressBlock: Int] = [:]
    }
    private let counts = Mutex(Counts())

    package init() {}

    /// Takes one in; false if there are as many as there may be.
    ///
    /// - Parameter source: Its address; nil for who is exempt.
    package func enter(from source: AddressBlock?) -> Bool {
        self.counts.withLock { counts in
            guard counts.all < Self.maximum, source.map({ counts.byAddress[$0, default: 0] < Self.perAddress }) ?? true else {
                return false
            }
            counts.all += 1
            if let source { counts.byAddress[source, default: 0] += 1 }
            return true
        }
    }

    package func leave(from source: AddressBlock?) {
        self.counts.withLock { counts in
            counts.all -= 1
            guard let source, let count = counts.byAddress[source] else { return }
            counts.byAddress[source] = count > 1 ? count - 1 : nil
        }
    }
}
