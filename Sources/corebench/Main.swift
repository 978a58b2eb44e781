import Glibc

/// Benchmarks of the wire and the core, for people and for `Tools/check-thresholds`.
///
///     corebench                        every scenario, with its time
///     corebench --list                 names and iterations
///     corebench SCENARIO ITERATIONS    one of them: name, iterations, allocations, nanoseconds
@main
enum Main {
    static let scenarios: [ScenarioEntry] = [
        ScenarioEntry("uplink-encode", 2_000) { _ in UplinkEncoding() },
        ScenarioEntry("uplink-decode", 2_000) { _ in UplinkDecoding() },
        ScenarioEntry("websocket-encode", 2_000) { _ in WebSocketEncoding() },
        ScenarioEntry("websocket-decode", 500) { _ in WebSocketDecoding() },
        ScenarioEntry("frame-decode-16", 300) { FrameDecoding(players: 16, frames: $0) },
        ScenarioEntry("tick-1", 900) { PlayingRoom(players: 1, ticks: $0) },
        ScenarioEntry("tick-8", 600) { PlayingRoom(players: 8, ticks: $0) },
        ScenarioEntry("tick-16", 600) { PlayingRoom(players: 16, ticks: $0) },
        ScenarioEntry("tick-200", 90) { PlayingRoom(players: 200, ticks: $0) },
        ScenarioEntry("tick-16-idle", 900) { PlayingRoom(players: 16, ticks: $0, play: .nobody) },
        ScenarioEntry("tick-16-merged", 600) { PlayingRoom(players: 16, ticks: $0, play: .oneReadsSlowly) },
        ScenarioEntry("tick-16-snapshot", 600) { PlayingRoom(players: 16, ticks: $0, play: .oneAsksForSnapshots) },
    ]

    static func main() {
        let words = CommandLine.arguments.dropFirst()
        switch (words.count, words.first) {
        case (0, _): self.showAll()
        case (1, "--list"): for entry in self.scenarios { print(entry.name, entry.iterations) }
        case (2, let name?): self.runOne(name, words.last.flatMap { Int($0) })
        default: self.complain("usage: corebench [--list | SCENARIO ITERATIONS]")
        }
    }

    private static func runOne(_ name: String, _ iterations: Int?) {
        guard let entry = self.scenarios.first(where: { $0.name == name }), let iterations, iterations > 0 else {
            return self.complain("no such scenario, or not a number of iterations; see corebench --list")
        }
        let measured = Measurement(of: entry.make(iterations), iterations: iterations)
        print(name, iterations, measured.allocations, measured.nanoseconds)
    }

    private static func showAll() {
        print("scenario                 ns each   allocations each")
        for entry in self.scenarios { print(self.row(entry)) }
    }

    /// Ten times the gate's iterations, because a scenario is short, and the fastest of five runs, because others use the machine.
    private static func row(_ entry: ScenarioEntry) -> String {
        let iterations = entry.iterations * 10
        let runs = (0..<5).map { _ in Measurement(of: entry.make(iterations), iterations: iterations) }
        let nanoseconds = "\((runs.map(\.nanoseconds).min() ?? 0) / Int64(iterations))"
        let allocations = Double(runs[0].allocations) / Double(iterations)
        return self.padded(entry.name, to: 22) + self.padded(nanoseconds, to: 10) + "        \(allocations)"
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func complain(_ message: String) {
        print(message)
        exit(64)
    }
}
