import Glibc

/// Whether there is anybody to play with. Judges attempts to connect until the first one gets through; from then on a relay that does
/// not answer may be one that restarts, and is waited for.
struct Reachability {
    /// So long it may take a relay that was started together with us. Nanoseconds.
    static let patience: UInt64 = .milliseconds(2_500)

    private var hasSucceeded = false
    private var failedFirst: UInt64?
    private var error: Int32 = 0

    /// Somebody listens.
    mutating func succeeded() { self.hasSucceeded = true }

    /// An attempt was turned down, or the network knows no way. Attempts that nobody answers say nothing.
    mutating func failed(error: Int32, at now: UInt64) {
        guard [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error) else { return }
        (self.failedFirst, self.error) = (self.failedFirst ?? now, error)
    }

    /// Why there is no hope; nil while there is.
    func hopeless(at now: UInt64, _ url: RelayURL) -> String? {
        guard !self.hasSucceeded, let first = self.failedFirst, now - min(now, first) >= Self.patience else { return nil }
        if self.error == ECONNREFUSED { return "nobody listens on \(url.authority)" }
        return "\(url.authority) cannot be reached: \(String(cString: strerror(self.error)))"
    }

    /// Looks the host up. Blocks as long as that takes.
    ///
    /// - Returns: Why it has no address; nil if it has one.
    static func problem(of host: String) -> String? {
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, nil, &found)
        guard code == 0 else { return "\(host) cannot be resolved: \(String(cString: gai_strerror(code)))" }
        freeaddrinfo(found)
        return nil
    }
}
