import Glibc

/// Shows the progress of a run on standard error: one changing line on a terminal, else a line every 5 s.
struct ProgressLine {
    private let startedAt: UInt64
    private let isTerminal = isatty(2) == 1
    private var nextAt: UInt64
    private var isLineOpen = false
    /// The last thing that went wrong.
    private(set) var lastProblem: String?

    init(startedAt: UInt64) {
        (self.startedAt, self.nextAt) = (startedAt, startedAt)
        self.nextAt += self.interval
    }

    private var interval: UInt64 { self.isTerminal ? .milliseconds(500) : .seconds(5) }

    /// Shows the line that `text` makes, if it is time.
    mutating func update(at now: UInt64, _ text: () -> String) {
        guard now >= self.nextAt else { return }
        self.nextAt = now + self.interval
        let seconds = (now - self.startedAt) / 1_000_000_000
        let line = "\(seconds) s: \(text())"
        Self.write(self.isTerminal ? "\r\u{1B}[K" + line : line + "\n")
        self.isLineOpen = self.isTerminal
    }

    /// Keeps the latest problem for the report.
    mutating func keepProblem(_ text: String) { self.lastProblem = text }

    /// Prints a line of its own.
    mutating func say(_ text: String) {
        self.finish()
        Self.write(text + "\n")
    }

    /// Ends the line that is open.
    mutating func finish() {
        if self.isLineOpen { Self.write("\n") }
        self.isLineOpen = false
    }

    private static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = Glibc.write(2, bytes.baseAddress, bytes.count) }
    }
}

extension BotLoop {
    /// The progress of the run, in one line.
    func progressText(at now: UInt64) -> String {
        let present = self.bots.count { $0.pointee.isIn && !$0.pointee.isStalled && !$0.pointee.neverReads }
        let players = "\(present)/\(self.wanted) players"
        switch self.stage {
        case .joining: return "\(players) joined"
        case .playing:
            let left = (self.window.end - min(self.window.end, now)) / 1_000_000_000
            return """
                \(players), p99 of delivery \(self.measurements.durations.delivery.durations.milliseconds(at: 99)) ms, \
                of frame intervals \(self.measurements.durations.frameInterval.durations.milliseconds(at: 99)) ms, \
                \(self.measurements.stalled) stalls, \(self.measurements.rejoined) of \(self.measurements.dropped) back, \
                late p99 \(self.measurements.lateness.milliseconds(at: 99)) ms, \(left) s to go
                """
        case .settling: return "\(players), comparing"
        case .leaving, .over: return "leaving"
        }
    }
}

extension RunReport {
    /// The report as text for people.
    package var summary: String {
        func number(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
        var lines = self.durations.table
        lines += [
            "",
            """
            late      \(number(self.durations.delivery.lateShare * 100)) % of the writes took longer than two periods of their room, \
            \(self.durations.delivery.unseen) never came; \(number(self.durations.frameInterval.lateTimeShare * 100)) % of the time \
            passed in longer frame intervals\(self.longestStride > 1 ? "; rooms ran at every \(self.longestStride)th tick" : "")
            """,
            """
            players   \(self.players.joined) of \(self.players.wanted) joined; \(self.players.stalled) stalls, \
            \(self.players.dropped) drops, \(self.players.rejoined) returns
            """,
            """
            frames    \(self.frames.received) in \(number(self.seconds)) s, \(self.frames.bytes) bytes, \
            \(self.frames.merged) merged, \(self.frames.snapshots) snapshots
            """,
            "replicas  \(self.replicas.checked) checked, \(self.replicas.diverged) diverged",
            """
            generator \(number(self.generator.cpuFraction * 100)) % of a core, \
            \(number(self.generator.cpuPerPlayerTickUs)) us per player and tick, slots late p99 \(self.generator.lateMsP99) ms, \
            at most \(self.generator.lateMsMax) ms
            """,
        ]
        if let neverRead = self.neverRead {
            lines.append("never-readers \(neverRead.wanted), \(neverRead.dropped) dropped by the relay")
        }
        if let lobby = self.lobby { lines.append("lobby     \(lobby.summary)") }
        if let causes = self.causesSummary { lines.append("causes    named rightly by the relay: \(causes)") }
        lines += ["", "verdict: \(self.verdict) (seed \(self.seed))"]
        lines += self.failures.map { "  - \($0)" }
        return lines.joined(separator: "\n")
    }
}
