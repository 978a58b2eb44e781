import Glibc
import RelayClient

/// Decides whether the relay can be reached at all. Judges attempts to connect until the first one is answered; after that the
/// bots wait for a relay that does not answer, because it may be restarting.
package struct Reachability {
    /// How long a relay that was started together with us may take to listen. Nanoseconds.
    static let patience: UInt64 = .milliseconds(2_500)
    /// The same for connections that end without an answer: a relay in a flood closes some of them. Nanoseconds.
    static let answerPatience: UInt64 = .seconds(5)

    private var hasSucceeded = false
    private var failedFirst: UInt64?
    private var error: Int32 = 0
    private var hasAnswered = false
    private var unanswered: (first: UInt64, problem: String, isFinal: Bool)?

    package init() {}

    /// Call it when an attempt has got through.
    package mutating func succeeded() { self.hasSucceeded = true }

    /// Call it when an upgrade was answered, whatever was said.
    package mutating func answered() { self.hasAnswered = true }

    /// Call it when an attempt has failed. Only a refusal or a missing route counts: an attempt without an answer proves nothing.
    package mutating func failed(error: Int32, at now: UInt64) {
        guard [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error) else { return }
        (self.failedFirst, self.error) = (self.failedFirst ?? now, error)
    }

    /// Call it when a connection has ended before its upgrade was answered.
    ///
    /// - Parameter isFinal: The next one will end so as well: the relay's certificate is not believed.
    package mutating func ended(_ problem: String, isFinal: Bool, at now: UInt64) {
        self.unanswered = (self.unanswered?.first ?? now, problem, isFinal)
    }

    /// The reason to give up; nil while there is hope.
    package func hopeless(at now: UInt64, _ url: RelayURL) -> String? {
        guard !self.hasAnswered else { return nil }
        if let last = self.unanswered, last.isFinal || now - min(now, last.first) >= Self.answerPatience {
            return "\(url.authority): \(last.problem)"
        }
        guard !self.hasSucceeded, let first = self.failedFirst, now - min(now, first) >= Self.patience else { return nil }
        if self.error == ECONNREFUSED { return "nobody listens on \(url.authority)" }
        return "\(url.authority) cannot be reached: \(String(cString: strerror(self.error)))"
    }

    /// Looks the host up. Blocks as long as that takes.
    ///
    /// - Returns: Why it has no address; nil if it has one.
    package static func problem(of host: String) -> String? {
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, nil, &found)
        guard code == 0 else { return "\(host) cannot be resolved: \(String(cString: gai_strerror(code)))" }
        freeaddrinfo(found)
        return nil
    }
}
