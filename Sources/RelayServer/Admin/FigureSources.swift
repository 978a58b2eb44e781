import RelayHosting

/// Where figures come from that the admin API does not see by itself. They are asked at each collection, on any thread; none may wait.
package struct FigureSources: Sendable {
    /// Nil where rooms do not outlive the process.
    package var journal: (@Sendable () -> RelayStatistics.Journal)?
    /// Nil where nobody watches the threads.
    package var watchdog: (@Sendable () -> RelayStatistics.Watchdog)?
    /// Nil without a listener that encrypts.
    package var tls: (@Sendable () -> RelayStatistics.TLS)?

    package init(
        journal: (@Sendable () -> RelayStatistics.Journal)? = nil, watchdog: (@Sendable () -> RelayStatistics.Watchdog)? = nil,
        tls: (@Sendable () -> RelayStatistics.TLS)? = nil
    ) {
        (self.journal, self.watchdog, self.tls) = (journal, watchdog, tls)
    }

    func add(to statistics: inout RelayStatistics) {
        statistics.journal = self.journal?()
        statistics.watchdog = self.watchdog?()
        statistics.tls = self.tls?()
    }
}
