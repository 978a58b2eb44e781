import FoundationEssentials
import Glibc
import RelayHosting

/// Asks the kernel what this process takes. Costs the watched threads nothing: it reads files.
package struct ProcessProbe: Sendable {
    /// CLOCK_MONOTONIC, nanoseconds.
    var now: @Sendable () -> UInt64
    /// When the relay began, on the same clock.
    var began: UInt64
    /// Whether rooms outlive the process.
    var journal: Bool
    var watchdogMicroseconds: UInt64?
    /// RLIMIT_NOFILE as in force.
    var descriptorLimit: Int

    func measure() -> RelayStatistics.Process {
        var process = RelayStatistics.Process(
            uptimeMicroseconds: (self.now() &- self.began) / 1000, memoryBytes: Self.memory(),
            cores: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), journal: self.journal,
            watchdogMicroseconds: self.watchdogMicroseconds, threads: Self.threads()
        )
        if let status = Self.text("/proc/self/stat").flatMap({ ProcessStatus($0) }) {
            process.cpuMicroseconds = Self.microseconds(ofTicks: status.cpuTicks)
            (process.threadCount, process.virtualMemoryBytes) = (status.threads, status.virtualMemoryBytes)
            let sinceBoot = Double(Self.microseconds(ofTicks: status.startTicks)) / 1_000_000
            process.startedAtSeconds = Self.bootedAt.map { $0 + sinceBoot }
        }
        (process.openDescriptors, process.descriptorLimit) = (Self.openDescriptors(), self.descriptorLimit)
        return process
    }

    /// When the machine began, seconds since 1970. Asked once: the kernel's answer moves with the wall clock, and a start does not.
    private static let bootedAt: Double? = {
        let lines = (try? Data(contentsOf: URL(filePath: "/proc/stat"))).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let line = lines.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Double($0.dropFirst("btime ".count)) }
    }()

    private static func microseconds(ofTicks ticks: UInt64) -> UInt64 {
        ticks &* (1_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK)))))
    }

    /// The kernel counts them from Linux 6.2 on; nil before, where somebody would have to look at each.
    private static func openDescriptors() -> Int? {
        var status = stat()
        guard stat("/proc/self/fd", &status) == 0, status.st_size > 0 else { return nil }
        return Int(status.st_size)
    }

    private static func memory() -> UInt64 {
        let pages = self.numbers("/proc/self/statm").dropFirst().first ?? 0
        return pages &* UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
    }

    /// All threads by the name that people know them by, in order. A kernel without these files has none.
    private static func threads() -> [RelayStatistics.MachineThread] {
        let directory = "/proc/self/task"
        var found: [String: RelayStatistics.MachineThread] = [:]
        for thread in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            let times = self.numbers("\(directory)/\(thread)/schedstat")
            guard times.count >= 2, let name = self.text("\(directory)/\(thread)/comm") else { continue }
            let known = self.known(name)
            found[known, default: .init(name: known, cpuMicroseconds: 0, waitingMicroseconds: 0)].add(times[0], times[1])
        }
        return found.values.sorted { $0.name < $1.name }
    }

    /// Ours have names; the rest are the runtime's.
    static func known(_ name: String) -> String {
        if name.hasPrefix("arena-") { return name }
        return name.hasPrefix("NIO-ELT") ? "front door" : "others"
    }

    private static func numbers(_ path: String) -> [UInt64] {
        self.text(path)?.split(separator: " ").compactMap { UInt64($0) } ?? []
    }

    /// The file's first line.
    private static func text(_ path: String) -> String? {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").first.map(String.init)
    }
}

extension RelayStatistics.MachineThread {
    /// Nanoseconds.
    fileprivate mutating func add(_ ran: UInt64, _ waited: UInt64) {
        self.cpuMicroseconds &+= ran / 1000
        self.waitingMicroseconds &+= waited / 1000
    }
}
