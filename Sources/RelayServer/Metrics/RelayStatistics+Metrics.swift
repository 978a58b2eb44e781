import RelayHosting

extension RelayStatistics {
    /// What `/metrics` answers of the relay alone.
    package var exposition: String { Self.text(self.metrics) }

    /// What `/metrics` answers.
    ///
    /// - Parameter registry: What is measured by swift-metrics. It follows behind.
    /// - Complexity: O(n log n) for n series.
    package func exposition(with registry: MetricsRegistry) -> String { Self.text(self.metrics + registry.families) }

    private static func text(_ families: [MetricFamily]) -> String {
        var exposition = Exposition()
        for family in families { exposition.add(family) }
        return exposition.text
    }

    /// All metrics. None has a label of a room, a player or an address: there are as many series with ten thousand rooms as with one.
    private var metrics: [MetricFamily] {
        let parts: [[MetricFamily]] = [
            self.sizes, CounterFamily.all.map { $0.metric(of: self.counters) }, self.threadMetrics, self.processMetrics,
            self.lobbyMetrics, self.journalMetrics, self.watchdogMetrics, self.tlsMetrics, self.relay?.standardMetrics ?? [],
        ]
        return parts.flatMap { $0 }
    }

    private var sizes: [MetricFamily] {
        let states = [("live", self.seats.live), ("stalled", self.seats.stalled), ("away", self.seats.away)]
        return [
            MetricFamily("rooms", .gauge, "Rooms.", [.init(self.roomCount ?? self.rooms.count)]),
            MetricFamily("seats", .gauge, "Seats by state.", states.map { .init($1, ("state", $0)) }),
            MetricFamily(
                "seats_behind", .gauge, "Seats that get nothing until their acknowledgement advances.", [.init(self.seats.behind)]
            ),
            MetricFamily("bans", .gauge, "Bans by operators that have not ended.", [.init(self.bans ?? 0)]),
            MetricFamily("connections", .gauge, "Open connections that rooms hold.", [.init(self.connections)]),
        ]
    }

    private var lobbyMetrics: [MetricFamily] {
        guard let lobby = self.lobby else { return [] }
        let kinds = [("listed", lobby.listed), ("locked", lobby.locked), ("password", lobby.password)]
        return [
            MetricFamily(
                "lobby_rooms", .gauge, "Rooms that are in lists, that are locked, and that have a password.",
                kinds.map { .init($1, ("kind", $0)) }),
            MetricFamily("seats_held", .gauge, "Seats that are held for somebody who is invited.", [.init(lobby.held)]),
        ]
    }

    // MARK: Threads

    private var threadMetrics: [MetricFamily] {
        [
            self.byThread("thread_answers", .gauge, "1 unless the thread hangs.") { .init($0.answers ? 1 : 0, $1) },
            self.byThread("thread_overloaded", .gauge, "1 while the thread cannot hold its ticks, and takes no newcomers.") {
                .init($0.overloaded ? 1 : 0, $1)
            },
            self.byThread("tick_stride", .gauge, "Rooms run at every so many-th tick: 1 normally, more under overload.") {
                .init($0.stride, $1)
            },
            self.byThread("thread_busy_ratio", .gauge, "Share of the last half second with work, or waiting for a core.") {
                .init(labels: [.init(name: $1.0, value: $1.1)], value: Double($0.busyPermille) / 1000)
            },
            self.byThread("ticks_total", .counter, "Ticks of rooms.") { .init($0.ticks, $1) },
            self.byThread("frames_sent_total", .counter, "Frames that were handed to sockets.") { .init($0.framesSent, $1) },
            self.byThread("sent_bytes_total", .counter, "Bytes that were handed to sockets.") { .init($0.bytesSent, $1) },
            self.byThread("messages_received_total", .counter, "Messages from players.") { .init($0.uplinksReceived, $1) },
            self.byThread("connections_closing", .gauge, "Closed connections that still take a descriptor.") {
                .init($0.closing, $1)
            },
            self.overThreads(
                "tick_lateness_seconds", "How much after its time a room's last frame of a tick was handed to its socket.",
                \.frameLatenessTotals),
            self.overThreads("tick_duration_seconds", "What a room's turn took: reading, ticking, sending.", \.turnTotals),
            self.overThreads(
                "rtt_seconds", "Smoothed round trip of each connected seat, once at each heartbeat of its room.",
                \.roundTripTotals),
        ]
    }

    /// Of all threads together: a histogram of each would be thousands of series on a large machine.
    private func overThreads(
        _ name: String, _ help: String, _ totals: KeyPath<RelayStatistics.Thread, RelayStatistics.DurationTotals>
    ) -> MetricFamily {
        var all = RelayStatistics.DurationTotals()
        for thread in self.threads { all.add(thread[keyPath: totals]) }
        return MetricFamily(name, .histogram, help, all.samples)
    }

    private func byThread(
        _ name: String, _ kind: MetricFamily.Kind, _ help: String,
        _ sample: (RelayStatistics.Thread, (String, String)) -> MetricFamily.Sample
    ) -> MetricFamily {
        MetricFamily(name, kind, help, self.threads.enumerated().map { sample($1, ("thread", "\($0)")) })
    }

    // MARK: The process

    private var processMetrics: [MetricFamily] {
        guard let relay = self.relay else { return [] }
        return [
            MetricFamily("uptime_seconds", .gauge, "Since the process began.", [.init(seconds: relay.uptimeMicroseconds)]),
            MetricFamily("resident_memory_bytes", .gauge, "Memory of the process.", [.init(relay.memoryBytes)]),
            MetricFamily("cores", .gauge, "Cores that the process may run on.", [.init(relay.cores)]),
            MetricFamily("journal_enabled", .gauge, "1 if rooms outlive the process.", [.init(relay.journal ? 1 : 0)]),
            MetricFamily(
                "watchdog_seconds", .gauge, "The time after which a process that hangs is killed; none without a watchdog.",
                relay.watchdogMicroseconds.map { [.init(seconds: $0)] } ?? []),
            MetricFamily(
                "cpu_seconds_total", .counter, "Time on a core, by thread.",
                relay.threads.map { .init(seconds: $0.cpuMicroseconds, ("thread", $0.name)) }),
            MetricFamily(
                "cpu_waiting_seconds_total", .counter, "Time ready to run and without a core, by thread.",
                relay.threads.map { .init(seconds: $0.waitingMicroseconds, ("thread", $0.name)) }),
        ]
    }
}

extension RelayStatistics.DurationTotals {
    /// Of bounds that are powers of two, in microseconds: 64 µs to 16.8 s.
    private static let boundBits = 6...24

    fileprivate var samples: [MetricFamily.Sample] {
        func bucket(_ bound: String, _ count: UInt64) -> MetricFamily.Sample {
            .init(suffix: "_bucket", labels: [.init(name: "le", value: bound)], value: Double(count))
        }
        let bounded = Self.boundBits.map { bits in
            bucket("\(Double(1 << bits) / 1_000_000)", self.buckets.prefix(bits + 1).reduce(0, &+))
        }
        return bounded + [
            bucket("+Inf", self.count),
            .init(suffix: "_sum", labels: [], value: Double(self.sumMicroseconds) / 1_000_000),
            .init(suffix: "_count", labels: [], value: Double(self.count)),
        ]
    }
}
