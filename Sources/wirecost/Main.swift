import ArgumentParser
import Foundation
import RelaySimulation

@main struct Main: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wirecost",
        abstract: "Plays the trace of Protocol/trace through a real room and counts every byte of the frames that come out.",
        discussion: """
            Eight players walk for a minute at 30 Hz. The figures are of one player's connection, heartbeats and WebSocket \
            headers included, and the same on every run. TCP, IP and TLS come on top, for every coding alike.
            """
    )

    @Option(help: "Write the figures to this file, as JSON.") var json: String?
    @Option(help: "Write the trace itself to this file, as Protocol/trace describes it.") var writeTrace: String?

    func run() throws {
        let trace = WalkTrace()
        if let writeTrace { try Data(trace.file).write(to: URL(filePath: writeTrace)) }
        let figures = Figures(WireCost(trace))
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try (try encoder.encode(figures) + Data("\n".utf8)).write(to: URL(filePath: json))
        }
        for line in figures.lines { print(line) }
    }
}

/// The reported figures. Bytes per update unless a name says otherwise.
struct Figures: Encodable {
    var players = WalkTrace.players
    var ticksPerSecond = WalkTrace.rate
    var frames: Int
    var updates: Int
    var bytesPerFrame: Double
    var bytesPerUpdate: Double
    var parts: [String: Double]
    var entropyBitsPerUpdate: [String: Double]
    var entropyBytesPerUpdate: Double
    var others: [String: Double]

    init(_ cost: WireCost) {
        self.frames = cost.frames
        self.updates = cost.updates
        self.bytesPerFrame = Self.rounded(cost.bytesPerFrame)
        self.bytesPerUpdate = Self.rounded(cost.bytesPerUpdate)
        let perUpdate = { (bytes: Int) in Self.rounded(cost.perUpdate(bytes)) }
        self.parts = [
            "webSocketHeader": perUpdate(cost.parts.webSocketHeader), "frameHeader": perUpdate(cost.parts.frameHeader),
            "entities": perUpdate(cost.parts.entities), "heartbeat": perUpdate(cost.parts.heartbeat),
            "other": perUpdate(cost.parts.other),
        ]
        self.entropyBitsPerUpdate = Dictionary(uniqueKeysWithValues: cost.entropy.map { ($0.field, Self.rounded($0.bits)) })
        self.entropyBytesPerUpdate = Self.rounded(cost.entropy.reduce(0) { $0 + $1.bits } / 8)
        self.others = [
            "byteOriented": perUpdate(cost.others.byteOriented), "json": perUpdate(cost.others.json),
            "float32": perUpdate(cost.others.float32),
        ]
    }

    private static func rounded(_ number: Double) -> Double { (number * 10_000).rounded() / 10_000 }

    var lines: [String] {
        let number = { (value: Double) in String(format: "%8.3f", value) }
        let bits = self.entropyBitsPerUpdate.keys.sorted().map { "\($0)\(number(self.entropyBitsPerUpdate[$0] ?? 0))" }
        var rows = [
            (self.bytesPerFrame, "bytes a frame, of \(self.players) players"), (self.bytesPerUpdate, "bytes an update"),
        ]
        for part in ["webSocketHeader", "frameHeader", "entities", "heartbeat", "other"] {
            rows.append((self.parts[part] ?? 0, "  of them \(part)"))
        }
        rows.append((self.entropyBytesPerUpdate, "entropy of an update, in bytes; in bits: \(bits.joined(separator: ", "))"))
        for coding in self.others.keys.sorted() { rows.append((self.others[coding] ?? 0, "bytes an update as \(coding)")) }
        return rows.map { "\(number($0))  \($1)" }
    }
}
