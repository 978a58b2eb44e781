import RelayHosting
import RelayServer
import Testing

@Suite("Metrics of what keeps the relay alive")
struct UpkeepMetricsTests {
    /// A relay with everything.
    private static var statistics: RelayStatistics {
        var statistics = RelayStatistics()
        statistics.journal = RelayStatistics.Journal(
            files: 3, bytes: 204_800, filesMade: 5, filesFailed: 1, filesRemoved: 4, roomsRestored: 2)
        statistics.watchdog = RelayStatistics.Watchdog(
            supervised: true, enabled: false, proofs: 7, sinceProofMicroseconds: 250_000)
        statistics.tls = RelayStatistics.TLS(
            certificateNotAfterSeconds: 1_803_110_400, certificatesReplaced: 1, handshakesBegun: 9)
        var process = RelayStatistics.Process(
            uptimeMicroseconds: 1, memoryBytes: 4096, cores: 2, journal: true, watchdogMicroseconds: nil, threads: [])
        (process.startedAtSeconds, process.cpuMicroseconds, process.threadCount) = (1_800_000_000.25, 1_500_000, 8)
        (process.virtualMemoryBytes, process.openDescriptors, process.descriptorLimit) = (8192, 40, 524_288)
        statistics.relay = process
        return statistics
    }

    @Test(
        "Journal, watchdog, certificate and process, by the names of Prometheus",
        arguments: [
            "tickrelay_journal_files 3", "tickrelay_journal_bytes 204800", "tickrelay_journal_files_made_total 5",
            "tickrelay_journal_files_failed_total 1", "tickrelay_journal_files_removed_total 4",
            "tickrelay_journal_rooms_restored 2",
            "tickrelay_supervised 1", "tickrelay_watchdog_enabled 0", "tickrelay_watchdog_proofs_total 7",
            "tickrelay_watchdog_proof_age_seconds 0.25", "tickrelay_tls_certificate_not_after_timestamp_seconds 1803110400",
            "tickrelay_tls_certificates_replaced_total 1", "tickrelay_tls_handshakes_begun_total 9",
            "process_start_time_seconds 1800000000.25", "process_cpu_seconds_total 1.5", "process_resident_memory_bytes 4096",
            "process_virtual_memory_bytes 8192", "process_threads 8", "process_open_fds 40", "process_max_fds 524288",
        ])
    func told(_ sample: String) { #expect(ExpositionText(Self.statistics.exposition).samples.contains { $0 == sample }) }

    @Test("A relay without them has none of their series, and one with them a text without a fault")
    func optional() {
        #expect(ExpositionText(Self.statistics.exposition).problems == [])
        let bare = ExpositionText(RelayStatistics().exposition)
        #expect(bare.problems == [])
        #expect(!bare.samples.contains { $0.contains("journal_files") || $0.contains("watchdog") || $0.contains("process_") })
    }

    @Test("The admin API asks those who know, at each collection")
    func sources() async throws {
        let watchdog = try #require(Self.statistics.watchdog)
        let (journal, tls) = (try #require(Self.statistics.journal), try #require(Self.statistics.tls))
        let sources = FigureSources(journal: { journal }, watchdog: { watchdog }, tls: { tls })
        let told = await AdminAPI(hosting: EchoHosting(), counters: FrontDoorCounters(), figures: sources).statistics()
        #expect(told.journal == journal && told.watchdog == watchdog && told.tls == tls)
        let text = String(decoding: try AdminAPI.encode(told), as: UTF8.self)
        #expect(text.contains("\"certificate_not_after_seconds\" : 1803110400"))
    }

    @Test("A certificate's end is that of the one in use; another one at a reload is counted, the same one is not")
    func certificate() throws {
        let samples = try IdentitySamples()
        defer { withExtendedLifetime(samples) {} }
        func pair(_ certificate: String, _ key: String) throws -> IdentityPair {
            let sources = ConfigurationSources(
                commandLine: [("tlsListen", "127.0.0.1:1"), ("tlsCertificate", certificate), ("tlsKey", key)])
            return try #require(try ServerConfiguration(sources, processors: 2).tls).pair
        }
        let identity = ServerIdentity(try pair(samples.expired, samples.expiredKey))
        #expect(identity.figures.certificateNotAfterSeconds == 1_580_515_200)
        identity.adopt(try pair(samples.expired, samples.expiredKey))
        #expect(identity.figures.certificatesReplaced == 0)
        identity.adopt(try pair(samples.certificate, samples.key))
        #expect(identity.figures.certificateNotAfterSeconds > 4_000_000_000)
        #expect(identity.figures.certificatesReplaced == 1 && identity.figures.handshakesBegun == 0)
    }

    @Test(
        "What the kernel says of a process is read, whatever the program is called",
        arguments: [
            ("7 (tickrelay) S 1 7 7 0 -1 4194560 9 0 0 0 150 50 0 0 20 0 12 0 3000 8192 9 18446744073709551615 1", 200),
            ("7 (a) b (c) 1) R 1 7 7 0 -1 4194560 9 0 0 0 1 2 0 0 20 0 12 0 3000 8192 9 18446744073709551615 1", 3),
            ("", nil), ("7 (tickrelay) S 1 7 7", nil), ("7 tickrelay S 1", nil),
        ] as [(String, UInt64?)]
    )
    func status(_ text: String, _ ticks: UInt64?) {
        let status = ProcessStatus(text)
        #expect(status?.cpuTicks == ticks)
        #expect(status == nil || status?.threads == 12 && status?.startTicks == 3000 && status?.virtualMemoryBytes == 8192)
    }
}
