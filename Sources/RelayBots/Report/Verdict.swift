extension BotLoop {
    /// The report on the run. Call it when the run is over.
    func report() -> RunReport {
        let measured = self.measurements
        let seconds = Double(self.window.length) / 1e9
        let playerTicks = Double(max(1, measured.joined)) * seconds * Double(self.schedule.rate)
        let late = measured.lateness.percentiles
        let diverged = measured.replicasDiverged + self.frameCounts().divergences
        var report = RunReport(
            verdict: "pass", failures: [], late: [], seed: self.options.seed, seconds: seconds,
            players: .init(
                wanted: self.wanted, joined: measured.joined, stalled: measured.stalled, dropped: measured.dropped,
                rejoined: measured.rejoined
            ),
            frames: self.window.frames, durations: measured.durations,
            replicas: .init(checked: measured.replicasChecked, diverged: diverged),
            generator: .init(
                cpuFraction: Double(self.window.cpu) / max(1, Double(self.window.length)),
                cpuPerPlayerTickUs: playerTicks > 0 ? Double(self.window.cpu) / 1000 / playerTicks : 0, lateMsP99: late.p99,
                lateMsMax: late.max, saturated: late.p99 > Double(self.schedule.tickLength) / 2e6
            ),
            longestStride: measured.longestStride,
            neverRead: self.options.neverRead > 0
                ? .init(wanted: self.options.neverRead, dropped: measured.neverReadersDropped) : nil,
            causes: measured.causes.byName, causesSummary: measured.causes.summary,
            lobby: self.options.lobby ? LobbyReport(measured.quickJoins) : nil
        )
        report.late = self.lateness(report)
        report.failures = self.hopeless.map { [$0] } ?? self.faults(report) + report.late
        if !report.failures.isEmpty { report.verdict = "fail" }
        return report
    }

    /// All failures but lateness, from the whole run.
    private func faults(_ report: RunReport) -> [String] {
        var texts: [String] = []
        let absent = self.bots.count { !$0.pointee.neverReads && $0.pointee.hasJoined && !$0.pointee.wasInAtEnd }
        if report.players.joined == 0 {
            texts.append("nobody joined\(self.progress.lastProblem.map { ": \($0)" } ?? "")")
        } else if report.players.joined < report.players.wanted {
            texts.append("only \(report.players.joined) of \(report.players.wanted) players joined")
        }
        if absent > 0 { texts.append("\(absent) players did not come back") }
        if report.replicas.diverged > 0 { texts.append("\(report.replicas.diverged) replicas diverged") }
        let ignored = self.frameCounts().ignored
        if ignored > 0 { texts.append("\(ignored) frames could not be applied") }
        texts += self.failures.sentences
        if report.durations.delivery.durations.count == 0, self.options.players > 1, report.seconds > 5, report.players.joined > 0
        {
            texts.append("no delivery between undisturbed players could be measured")
        }
        return texts
    }

    /// The failures of lateness, after the one that says that the generator was the limit.
    private func lateness(_ report: RunReport) -> [String] {
        var texts: [String] = []
        if report.generator.saturated { texts.append(Self.excuse(report.generator)) }
        return texts + Punctuality.complaints(report.durations, stallAfter: Double(self.stallAfter) / 1e6)
    }

    /// The reason why the figures may be the generator's own and not the relay's.
    private static func excuse(_ generator: RunReport.Generator) -> String {
        let late = "its slots were \(generator.lateMsP99) ms late (p99)"
        let advice =
            generator.cpuFraction < 0.5 ? "it needed little of its core, so run it on a quiet machine" : "use fewer players"
        return "the generator, not the relay, was the limit: \(late); \(advice)"
    }
}
