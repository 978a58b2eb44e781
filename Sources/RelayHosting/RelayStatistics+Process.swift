extension RelayStatistics {
    /// The process as a whole.
    package struct Process: Codable, Sendable {
        package var uptimeMicroseconds: UInt64
        /// When it began: seconds since 1970. What follows up to ``descriptorLimit`` is nil where the kernel does not say.
        package var startedAtSeconds: Double?
        /// Resident.
        package var memoryBytes: UInt64
        package var virtualMemoryBytes: UInt64?
        /// On all cores together, since it began; to a hundredth of a second.
        package var cpuMicroseconds: UInt64?
        package var threadCount: Int?
        /// Descriptors, and how many there may be.
        package var openDescriptors: Int?
        package var descriptorLimit: Int?
        /// Cores that it may run on.
        package var cores: Int
        /// Whether rooms outlive the process.
        package var journal: Bool
        /// The time after which a process that hangs is killed; nil if nobody watches over it.
        package var watchdogMicroseconds: UInt64?
        /// Threads of the process; those without a name of ours are one entry.
        package var threads: [MachineThread]

        package init(
            uptimeMicroseconds: UInt64, memoryBytes: UInt64, cores: Int, journal: Bool, watchdogMicroseconds: UInt64?,
            threads: [MachineThread]
        ) {
            (self.uptimeMicroseconds, self.memoryBytes, self.cores) = (uptimeMicroseconds, memoryBytes, cores)
            (self.journal, self.watchdogMicroseconds, self.threads) = (journal, watchdogMicroseconds, threads)
        }
    }

    /// What the kernel says of a thread, since it began.
    package struct MachineThread: Codable, Sendable, Equatable {
        /// `arena-0`, …, `front door` or `others`.
        package var name: String
        package var cpuMicroseconds: UInt64
        /// Ready to run, and waiting for a core.
        package var waitingMicroseconds: UInt64

        package init(name: String, cpuMicroseconds: UInt64, waitingMicroseconds: UInt64) {
            (self.name, self.cpuMicroseconds, self.waitingMicroseconds) = (name, cpuMicroseconds, waitingMicroseconds)
        }
    }
}
