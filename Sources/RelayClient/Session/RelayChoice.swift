import RelayWire

/// Decides which relay to connect to: the one the application named, or the one it was sent to by close code 4016.
///
/// A seat's token goes to that relay. So a redirection is followed only to the same host or to hosts that the application allowed, and
/// never from `wss` to `ws`.
package struct RelayChoice: Sendable {
    /// Redirections in a row that are followed, without a connection in between that has proved good. Relays that send clients to each other
    /// must not keep them for ever; after so many, as after an attempt that failed, the client waits, and asks its own relay anew.
    package static let maximumHops = 4

    private let home: RelayURL
    private let allowedHosts: [String]
    private let speaksTLS: Bool
    private var hops = 0
    package private(set) var current: RelayURL

    package init(home: RelayURL, allowedHosts: [String], speaksTLS: Bool) {
        (self.home, self.current, self.allowedHosts, self.speaksTLS) = (
            home, home, allowedHosts.map { $0.lowercased() }, speaksTLS
        )
    }

    /// The relay said that the room lives elsewhere.
    ///
    /// - Parameter text: The whole reason of the close: a URL.
    /// - Returns: Whether ``current`` is that URL now. If not, it is the application's.
    package mutating func follow(_ text: String) -> Bool {
        guard self.hops < Self.maximumHops, let target = RelayURL(text), self.mayFollow(target) else {
            self.goHome()
            return false
        }
        self.hops += 1
        self.current = target
        return true
    }

    private func mayFollow(_ target: RelayURL) -> Bool {
        let isKnown = target.host == self.home.host || self.allowedHosts.contains(target.host)
        return isKnown && (target.isSecure ? self.speaksTLS : !self.current.isSecure)
    }

    /// An attempt came to nothing before a welcome: a relay that is silent must not keep the player from the one that knows better.
    mutating func attemptFailed() { self.goHome() }

    /// A connection has been good for long enough to forget how often we were sent on.
    mutating func connectionProved() { self.hops = 0 }

    private mutating func goHome() { (self.current, self.hops) = (self.home, 0) }
}
