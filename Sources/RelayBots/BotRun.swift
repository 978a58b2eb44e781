/// A whole run: connects, plays, suffers faults, compares replicas and reports.
package enum BotRun {
    /// Blocks until the run is over, or shortly after ``stopRequested`` is set.
    ///
    /// - Parameter options: Must have no ``BotOptions/problems``.
    /// - Returns: Nil if the system refuses the descriptor that the loop needs.
    package static func run(_ options: BotOptions) -> RunReport? {
        precondition(options.problems.isEmpty, "options are judged before a run")
        guard let loop = BotLoop(options) else { return nil }
        if options.url.isSecure {
            do {
                loop.tunnel = try TLSTunnel(to: options.url, trust: options.trust)
            } catch {
                loop.giveUp("no connection by TLS can be made: \(error)")
            }
        }
        defer { loop.tunnel?.close() }
        if let problem = Reachability.problem(of: options.url.host) { loop.giveUp(problem) }
        loop.run()
        loop.progress.finish()
        return loop.report()
    }
}
