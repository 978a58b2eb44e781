import RelayCore
import RelayWire

/// What the players of a benchmark send: random walks of x, y, z and yaw, the same in every run.
enum Game {
    /// Every player's entity has these.
    static let fields = ["x", "y", "z", "yaw"].map { DeclaredField(name: $0, quantum: $0 == "yaw" ? 0.5 : 0.01) }
    static let period: UInt64 = 33_333_333
    /// Large, so that tick numbers have as many bytes as in a room that has run for a while.
    static let firstTick: UInt64 = 100_000

    static var configuration: RoomConfiguration {
        var configuration = RoomConfiguration()
        configuration.fields = self.fields
        return configuration
    }

    static func instant(_ tick: UInt64) -> Instant { Instant(nanoseconds: tick * self.period) }
}

/// One player: where it is, and the uplinks that say so.
struct Player {
    let seat: SeatNumber
    private var position: [Int64]
    private var number: UInt64 = 100_000
    private var random: SplitMix64

    init(seat: SeatNumber) {
        self.seat = seat
        self.random = SplitMix64(seed: UInt64(seat.rawValue))
        self.position = Game.fields.map { _ in 1000 * Int64(seat.rawValue) }
    }

    /// Appends an uplink with the player's next step, acknowledging a frame.
    mutating func step(acknowledging ack: Ack, into writer: inout WireWriter) {
        self.number += 1
        writer.uplinkHead(UplinkHead(ack: ack, number: self.number, operationCount: 1))
        writer.set(EntityID(self.seat, 0), fieldCount: self.position.count)
        for index in self.position.indices {
            self.position[index] += Int64(self.random.next() % 21) - 10
            let name = OutgoingName.index(NameIndex(rawValue: UInt16(index)))
            writer.field(name, StoredValue(.quantised(steps: self.position[index])))
        }
    }
}

/// Messages written beforehand, all in one array: reading them allocates nothing.
struct Script {
    private var bytes: [UInt8] = []
    private var ends: [Int] = [0]

    var count: Int { self.ends.count - 1 }

    mutating func append(_ message: UnsafeRawBufferPointer) {
        self.bytes.append(contentsOf: message)
        self.ends.append(self.bytes.count)
    }

    /// Makes a client message acknowledge another tick. Ticks of benchmarks have three bytes, right after the kind.
    mutating func acknowledge(_ tick: Tick, in index: Int) {
        let start = self.ends[index] + 1
        self.bytes[start] = UInt8(tick.rawValue & 127) | 128
        self.bytes[start + 1] = UInt8(tick.rawValue >> 7 & 127) | 128
        self.bytes[start + 2] = UInt8(tick.rawValue >> 14)
    }

    /// Lends one of the messages.
    func message<Result>(_ index: Int, _ body: (Span<UInt8>) -> Result) -> Result {
        body(self.bytes.span.extracting(self.ends[index]..<self.ends[index + 1]))
    }
}
