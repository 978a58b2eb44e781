import RelayHosting

/// Metrics of what keeps the relay alive: journal, watchdog and certificate.
extension RelayStatistics {
    var journalMetrics: [MetricFamily] {
        guard let journal = self.journal else { return [] }
        return [
            MetricFamily(
                "journal_files", .gauge, "Files of rooms: one each, and a second while a room gets a larger one.",
                [.init(journal.files)]),
            MetricFamily("journal_bytes", .gauge, "What these files take of the disk.", [.init(journal.bytes)]),
            MetricFamily("journal_files_made_total", .counter, "Files made for rooms.", [.init(journal.filesMade)]),
            MetricFamily(
                "journal_files_failed_total", .counter, "Files that could not be made: their rooms end with the process.",
                [.init(journal.filesFailed)]),
            MetricFamily(
                "journal_files_removed_total", .counter, "Files of rooms that have ended, or have a larger one.",
                [.init(journal.filesRemoved)]),
            MetricFamily(
                "journal_rooms_restored", .gauge, "Rooms that this process has taken over from the one before.",
                [.init(journal.roomsRestored)]),
        ]
    }

    var watchdogMetrics: [MetricFamily] {
        guard let watchdog = self.watchdog else { return [] }
        return [
            MetricFamily(
                "supervised", .gauge, "1 if systemd started the process and wants to hear from it.",
                [.init(watchdog.supervised ? 1 : 0)]),
            MetricFamily(
                "watchdog_enabled", .gauge, "1 if systemd ends a process that hangs.", [.init(watchdog.enabled ? 1 : 0)]),
            MetricFamily(
                "watchdog_proofs_total", .counter, "Times that all threads were seen to have moved, and systemd was told.",
                [.init(watchdog.proofs)]),
            MetricFamily(
                "watchdog_proof_age_seconds", .gauge, "Since the last time that all threads were seen to have moved.",
                watchdog.sinceProofMicroseconds.map { [.init(seconds: $0)] } ?? []),
        ]
    }

    var tlsMetrics: [MetricFamily] {
        guard let tls = self.tls else { return [] }
        return [
            MetricFamily(
                "tls_certificate_not_after_timestamp_seconds", .gauge, "When the certificate in use ends, since 1970.",
                [.init(tls.certificateNotAfterSeconds)]),
            MetricFamily(
                "tls_certificates_replaced_total", .counter, "Reloads that brought another certificate.",
                [.init(tls.certificatesReplaced)]),
            MetricFamily(
                "tls_handshakes_begun_total", .counter, "Handshakes of TLS, finished or not.", [.init(tls.handshakesBegun)]),
        ]
    }
}
