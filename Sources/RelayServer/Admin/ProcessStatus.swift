/// What the kernel says in `/proc/PID/stat`.
///
/// Source: proc_pid_stat(5).
package struct ProcessStatus: Equatable, Sendable {
    /// User and system time, clock ticks.
    package var cpuTicks: UInt64
    package var threads: Int
    /// Since the machine's start, clock ticks.
    package var startTicks: UInt64
    package var virtualMemoryBytes: UInt64

    /// Nil if the text is none of this kind.
    package init?(_ text: String) {
        // The name of the program may have spaces and parentheses in it. Behind it comes field 3, the state.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 20, let user = UInt64(fields[11]), let system = UInt64(fields[12]), let threads = Int(fields[17]),
            let start = UInt64(fields[19]), let memory = UInt64(fields[20])
        else { return nil }
        (self.cpuTicks, self.threads) = (user &+ system, threads)
        (self.startTicks, self.virtualMemoryBytes) = (start, memory)
    }
}
