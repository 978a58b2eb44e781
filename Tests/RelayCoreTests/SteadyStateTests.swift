import RelayCore
import RelayWire
import Testing

/// Eight seats, each setting one field at every tick and acknowledging every frame: a room and nothing around it.
private struct SteadyRoom: ~Copyable {
    var room: Room
    /// Records each tick, as for a journal.
    var records = false
    private var record = WireWriter()
    private var messages: [[UInt8]] = []
    private var tick: UInt64 = 20_000
    private var uplink: UInt64 = 20_000
    private static let period: UInt64 = 33_333_333

    /// `payload` bytes in a byte string, or an integer if 0.
    init(seats: UInt16, payload: Int) {
        self.room = Room(
            configuration: RoomConfiguration(), instance: RoomInstance(high: 1, low: 1), tick: Tick(rawValue: 19_999))
        for seat in 1...seats {
            self.room.take(.join(.player, ConnectionID(rawValue: UInt64(seat)), at: .zero))
            var writer = WireWriter()
            writer.uplinkHead(UplinkHead(ack: Ack(tick: Tick(rawValue: 20_000), delay: 0), number: 20_000, operationCount: 1))
            writer.set(EntityID(SeatNumber(rawValue: seat), 0), fieldCount: 1)
            let value = payload == 0 ? Value.integer(1 << 20) : .bytes([UInt8](repeating: 0, count: payload))
            writer.field(.inline("state"), StoredValue(value))
            self.messages.append(writer.array)
        }
        self.run(1, sends: false)
    }

    /// Writes a three-byte varint.
    private static func patch(_ bytes: inout [UInt8], at offset: Int, _ value: UInt64) {
        bytes[offset] = UInt8(value & 127) | 128
        bytes[offset + 1] = UInt8(value >> 7 & 127) | 128
        bytes[offset + 2] = UInt8(value >> 14 & 127)
    }

    mutating func run(_ ticks: Int, sends: Bool = true) {
        for _ in 0..<ticks {
            let now = Instant(nanoseconds: self.tick * Self.period)
            if sends { self.send(before: now) }
            self.room.take(.tick(Tick(rawValue: self.tick), now: now, liveness: now))
            if self.records {
                self.record.removeAll()
                self.room.encodeRecord(into: &self.record)
            }
            for index in self.room.out.outputs.indices {
                guard case .deliver(let delivery) = self.room.out.outputs[index] else { continue }
                self.room.take(.handedOver(delivery, bytes: 100, at: now, liveness: now, isComplete: true))
            }
            self.tick += 1
        }
    }

    private mutating func send(before now: Instant) {
        self.uplink += 1
        self.room.take(.reading(at: now))
        for index in 0..<self.messages.count {
            // Kind, ack, hold, number; the value's last bytes change with the tick.
            Self.patch(&self.messages[index], at: 1, self.tick - 1)
            Self.patch(&self.messages[index], at: 5, self.uplink)
            let last = self.messages[index].count - 1
            self.messages[index][last - 1] = self.messages[index][last - 1] & 128 | UInt8(self.tick & 127)
            let message = self.messages[index]
            let arrival = Arrival(at: Instant(nanoseconds: now.nanoseconds - UInt64(index) * 1000), isExact: true)
            message.withUnsafeBytes {
                _ = self.room.take(.message($0, from: SeatNumber(rawValue: UInt16(index + 1)), generation: 1, arrival: arrival))
            }
        }
    }
}

#if DEBUG
    private let isOptimized = false
#else
    private let isOptimized = true
#endif

/// In processes of their own: the runtime's hooks are the whole process's.
@Suite("Steady state")
struct SteadyStateTests {
    @Test(
        "A tick allocates nothing once its buffers have grown, its record for the journal included",
        .enabled(if: isOptimized, "unspecialized iterators allocate"))
    func allocations() async {
        await #expect(processExitsWith: .success) {
            for (seats, payload) in [(1, 200), (8, 24), (8, 0), (16, 24), (200, 24), (200, 0)] as [(UInt16, Int)] {
                var steady = SteadyRoom(seats: seats, payload: payload)
                steady.records = true
                steady.run(400)
                let count = AllocationCounter.count { steady.run(1000) }
                #expect(count == 0, "\(count ?? -1) allocations in 1,000 ticks of \(seats) seats")
                #expect(steady.room.counters[.uplinks] == 1400 * UInt64(seats))
                #expect(steady.room.counters[.framesDelta] >= 1399 * UInt64(seats))
                #expect(steady.room.counters[.stalls] == 0)
            }
        }
    }

    @Test("The counter counts: an array a time")
    func counter() async {
        await #expect(processExitsWith: .success) {
            var kept: [[Int]] = []
            kept.reserveCapacity(100)
            let count = AllocationCounter.count { for index in 0..<100 { kept.append([index, index]) } }
            #expect(count == 100)
            #expect(kept.count == 100)
        }
    }
}
