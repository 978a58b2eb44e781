import RelayHosting

extension RelayStatistics.Process {
    /// What client libraries of Prometheus tell of any process, by the names that all of them use.
    ///
    /// Source: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
    var standardMetrics: [MetricFamily] {
        [
            Self.metric(
                "start_time_seconds", .gauge, "When the process began, since 1970.",
                self.startedAtSeconds.map { MetricFamily.Sample(value: $0) }),
            Self.metric(
                "cpu_seconds_total", .counter, "User and system time.",
                self.cpuMicroseconds.map { MetricFamily.Sample(seconds: $0) }),
            Self.metric("resident_memory_bytes", .gauge, "Memory that is there.", MetricFamily.Sample(self.memoryBytes)),
            Self.metric(
                "virtual_memory_bytes", .gauge, "Memory that is mapped.",
                self.virtualMemoryBytes.map { MetricFamily.Sample($0) }),
            Self.metric("threads", .gauge, "Threads.", self.threadCount.map { MetricFamily.Sample($0) }),
            Self.metric("open_fds", .gauge, "Open descriptors.", self.openDescriptors.map { MetricFamily.Sample($0) }),
            Self.metric(
                "max_fds", .gauge, "Descriptors that may be open at once.",
                self.descriptorLimit.map { MetricFamily.Sample($0) }),
        ]
    }

    private static func metric(
        _ name: String, _ kind: MetricFamily.Kind, _ help: String, _ sample: MetricFamily.Sample?
    ) -> MetricFamily {
        var family = MetricFamily(name, kind, help, sample.map { [$0] } ?? [])
        family.prefix = "process_"
        return family
    }
}
