import CoreMetrics
import RelayHosting
import RelayServer
import Testing

@Suite("What is measured by swift-metrics")
struct MetricsRegistryTests {
    private let registry = MetricsRegistry()
    private var told: ExpositionText { ExpositionText(of: self.registry) }

    private static func dropped(_ text: ExpositionText) -> [String: String] { text["tickrelay_metrics_dropped_total"] }

    // MARK: Names

    @Test(
        "Names are those of Prometheus: with the unit, and with _total where something is counted",
        arguments: [
            ("http.server.request.duration", .timer, "http_server_request_duration_seconds_count 1"),
            ("queueWait_ms", .timer, "queue_wait_seconds_count 1"), ("wait_seconds", .timer, "wait_seconds_sum 0.002"),
            ("requests", .counter, "requests_total 1"), ("requests.total", .counter, "requests_total 1"),
            ("RequestsMade", .floatingCounter, "requests_made_total 0.5"), ("jobs_total", .gauge, "jobs 7"),
            ("9 lives -- or more!", .meter, "9_lives_or_more 7"), ("__a", .recorder, "a_sum 7"),
            ("tickrelay_jobs_open", .meter, "jobs_open 7"), ("", .counter, "unnamed_total 1"), ("日本", .gauge, "unnamed 7"),
            ("a\nb{c=\"d\"} 7", .counter, "a_b_c_d_7_total 1"),
            (String(repeating: "x", count: 1000), .gauge, String(repeating: "x", count: 120) + " 7"),
        ] as [(String, MeterKind, String)]
    )
    func names(_ label: String, _ kind: MeterKind, _ sample: String) {
        kind.use(label, in: self.registry)
        #expect(self.told.samples.contains { $0 == "tickrelay_\(sample)" })
        #expect(self.told.problems == [])
    }

    @Test("What the relay tells itself is not told twice", arguments: ["joins", "frames", "metrics.dropped"])
    func ours(_ label: String) {
        MeterKind.counter.use(label, [("kind", "new")], in: self.registry)
        #expect(self.told["tickrelay_\(label)_total"]["{kind=\"new\"}"] == nil)
        #expect(self.told.problems == [])
    }

    @Test("Nor is what would be taken for a part of a histogram")
    func partOfHistogram() {
        MeterKind.gauge.use("rtt_seconds_count", in: self.registry)
        #expect(self.told["tickrelay_rtt_seconds_count"] == ["": "0"])
        #expect(self.told.problems == [])
    }

    // MARK: Labels

    @Test(
        "Labels are in order, each once; what could end one is escaped",
        arguments: [
            ([("http.route", "/bans/{id}"), ("Method", "GET")], #"{http_route="/bans/{id}",method="GET"}"#),
            ([("b", "1"), ("a", "2")], #"{a="2",b="1"}"#), ([("a.b", "1"), ("a_b", "2")], #"{a_b="1"}"#),
            ([("a", "")], ""), ([("5xx", "1")], #"{_5xx="1"}"#), ([("ship", "1"), ("zip", "2")], #"{ship="1",zip="2"}"#),
            ([("a", "x\"y\\z\nw")], #"{a="x\"y\\z\nw"}"#),
            ([("a", String(repeating: "x", count: 999))], "{a=\"\(String(repeating: "x", count: 120))\"}"),
        ] as [([(String, String)], String)]
    )
    func labels(_ dimensions: [(String, String)], _ text: String) {
        MeterKind.counter.use("jobs", dimensions, in: self.registry)
        #expect(self.told["tickrelay_jobs_total"] == [text: "1"])
        #expect(self.told.problems == [])
    }

    @Test(
        "A label that could name a room, a player or an address is not told, and is counted; its series is told without it",
        arguments: [
            "room", "Room", "roomName", "player", "player.id", "remoteAddress", "client_addr", "net.peer.name", "ip",
            "client.IP", "le", "quantile", "–",
        ])
    func refused(_ name: String) {
        for secret in ["secret", "secret too"] {
            MeterKind.counter.use("jobs", [(name, secret), ("kind", "x")], in: self.registry)
        }
        #expect(self.told["tickrelay_jobs_total"] == [#"{kind="x"}"#: "2"])
        #expect(!self.told.lines.contains { $0.contains("secret") })
        #expect(Self.dropped(self.told) == [#"{reason="full"}"#: "0", #"{reason="kind"}"#: "0", #"{reason="label"}"#: "2"])
    }

    // MARK: Bounds

    @Test(
        "There are no more series than may be: the first stay and count on, the others are counted", arguments: MeterKind.allCases
    )
    func bounded(_ kind: MeterKind) {
        let relayItself = ExpositionText(RelayStatistics().exposition).samples.count
        for round in 0..<3 {
            for number in 0..<1500 { kind.use("jobs", [("number", "\(number)")], in: self.registry) }
            let series = self.told.samples.count - relayItself
            #expect(series <= MetricsRegistry.maximumSeries && series > MetricsRegistry.maximumSeries - 10, "round \(round)")
        }
        let jobs = self.told["tickrelay_jobs"]
        let first = Set(jobs.filter { $0.key.contains(#"number="0""#) }.values)
        let counted =
            switch kind {
            case .counter, .recorder, .timer: "3"
            case .floatingCounter: "1.5"
            case .meter, .gauge: "7"
            }
        #expect(first.contains(counted))
        #expect(!jobs.keys.contains { $0.contains(#"number="1499""#) })
        #expect((Self.dropped(self.told)[#"{reason="full"}"#].flatMap { Int($0) } ?? 0) > 3 * 500)
        #expect(self.told.problems == [])
    }

    @Test("A metric that its maker destroys makes room, unless others use it too")
    func destroyed() {
        let registry = MetricsRegistry(maximumSeries: 4 + 1)
        let (first, same) = (Counter(label: "a", factory: registry), Counter(label: "a", factory: registry))
        let refused = Counter(label: "b", factory: registry)
        refused.increment()
        refused.destroy()
        first.destroy()
        same.increment()
        #expect(ExpositionText(of: registry)["tickrelay_a_total"] == ["": "1"])
        same.destroy()
        Gauge(label: "zero", factory: registry).record(0)
        let told = ExpositionText(of: registry)
        #expect(told["tickrelay_a_total"].isEmpty && told["tickrelay_b_total"].isEmpty)
        #expect(told["tickrelay_zero"] == ["": "0"])
    }

    @Test(
        "Of two kinds with one name the first stays",
        arguments: [(MeterKind.counter, MeterKind.floatingCounter), (.meter, .recorder)])
    func kinds(_ first: MeterKind, _ second: MeterKind) {
        first.use("jobs", in: self.registry)
        let before = self.told["tickrelay_jobs"]
        second.use("jobs", in: self.registry)
        second.use("jobs", [("a", "b")], in: self.registry)
        #expect(self.told["tickrelay_jobs"] == before)
        #expect(Self.dropped(self.told)[#"{reason="kind"}"#] == "2")
    }

    @Test("With all that the relay itself can have, there are fewer than two thousand")
    func boundedTogether() {
        let thread = RelayStatistics.Thread(
            slots: 1, ticks: 1, framesSent: 1, bytesSent: 1, uplinksReceived: 1, closing: 0,
            slotLateness: RelayStatistics.Percentiles(), frameLateness: RelayStatistics.Percentiles())
        var statistics = RelayStatistics(
            counters: Dictionary(uniqueKeysWithValues: MetricsTests.counters.map { ($0, 1) }),
            threads: Array(repeating: thread, count: 64))
        statistics.relay = RelayStatistics.Process(
            uptimeMicroseconds: 1, memoryBytes: 1, cores: 64, journal: true, watchdogMicroseconds: 1,
            threads: (0..<66).map { RelayStatistics.MachineThread(name: "\($0)", cpuMicroseconds: 1, waitingMicroseconds: 1) })
        for number in 0..<1500 { MeterKind.timer.use("a", [("number", "\(number)")], in: self.registry) }
        let told = ExpositionText(statistics.exposition(with: self.registry))
        #expect(told.samples.count < 2000)
        #expect(told.problems == [])
    }

    // MARK: Values

    @Test("What many threads count at once adds up")
    func concurrent() async {
        let registry = self.registry
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let meter = Meter(label: "meter", factory: registry)
                    for _ in 0..<1000 {
                        for kind in [MeterKind.counter, .floatingCounter, .recorder, .timer] { kind.use("\(kind)", in: registry) }
                        meter.increment(by: 2.0)
                        meter.decrement()
                    }
                }
            }
        }
        #expect(self.told["tickrelay_counter_total"] == ["": "8000"])
        #expect(self.told["tickrelay_floating_counter_total"] == ["": "4000"])
        #expect(self.told["tickrelay_meter"] == ["": "8000"])
        #expect(self.told["tickrelay_recorder"] == ["_sum": "56000", "_count": "8000"])
        #expect(self.told["tickrelay_timer_seconds_count"] == ["": "8000"])
    }

    @Test("A timer is a histogram in seconds")
    func timer() {
        let timer = CoreMetrics.Timer(label: "wait", preferredDisplayUnit: .milliseconds, factory: self.registry)
        for duration: Int64 in [-1, 0, 1_000_000, 1_000_001, 400_000_000, 10_000_000_000, 90_000_000_000] {
            timer.recordNanoseconds(duration)
        }
        #expect(
            self.told["tickrelay_wait_seconds"] == [
                #"_bucket{le="0.001"}"#: "3", #"_bucket{le="0.005"}"#: "4", #"_bucket{le="0.025"}"#: "4",
                #"_bucket{le="0.1"}"#: "4",
                #"_bucket{le="0.5"}"#: "5", #"_bucket{le="2.5"}"#: "5", #"_bucket{le="10.0"}"#: "6", #"_bucket{le="+Inf"}"#: "7",
                "_sum": "100.402000001", "_count": "7",
            ])
        #expect(self.told.lines.contains("# TYPE tickrelay_wait_seconds histogram"))
        #expect(self.told.lines.contains("# HELP tickrelay_wait_seconds swift-metrics: wait"))
    }

    @Test("Every kind is told as the format has it, a family's series together")
    func forms() {
        for kind in MeterKind.allCases {
            for value in ["b", "a", ""] { kind.use("of \(kind)", [("label", value)], in: self.registry) }
            MeterKind.meter.use("of \(kind) in between", in: self.registry)
        }
        #expect(self.told.problems == [])
        for (kind, name) in [
            ("counter", "counter_total"), ("gauge", "meter"), ("summary", "recorder"), ("histogram", "timer_seconds"),
        ] {
            #expect(self.told.lines.contains { $0 == "# TYPE tickrelay_of_\(name) \(kind)" })
        }
    }

    @Test("Numbers that are none are told; counters only grow, and start anew when they are reset")
    func numbers() {
        let gauge = Gauge(label: "odd", factory: self.registry)
        let values: [(Double, String)] = [
            (.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (-1.5, "-1.5"), (1e300, "1e+300"), (3, "3"),
        ]
        for (value, text) in values {
            gauge.record(value)
            #expect(self.told["tickrelay_odd"] == ["": text])
            #expect(self.told.problems == [])
        }
        let whole = Counter(label: "w", factory: self.registry)
        let real = FloatingPointCounter(label: "r", factory: self.registry)
        for amount: Int64 in [5, -3, 0, .max, .max] { whole.increment(by: amount) }
        for amount: Double in [2.5, -1, .nan, .infinity] { real.increment(by: amount) }
        #expect(self.told["tickrelay_r_total"] == ["": "2.5"])
        #expect(self.told["tickrelay_w_total"][""] != nil)
        whole.reset()
        real.reset()
        #expect(self.told["tickrelay_w_total"] == ["": "0"] && self.told["tickrelay_r_total"] == ["": "0"])
    }
}
