import RelayWire

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
