import RelayClient
import RelayWire

/// Writes the uplinks of a client that has stopped reading. They are made by hand, because a correct session would fall
/// silent.
struct MuteWriter {
    private var writer = WriterBox()
    private let entity: EntityID
    private let tick: Tick
    private var number: UInt64

    init?(_ session: borrowing ClientSession) {
        guard let entity = session.entity(1), session.replica.tick != .none else { return nil }
        (self.entity, self.tick) = (entity, session.replica.tick)
        self.number = session.confirmedUplink + UInt64(session.unconfirmedUplinks)
    }

    /// The next uplink: one write, acknowledging again what was acknowledged last.
    mutating func message() -> UnsafeRawBufferPointer {
        self.number += 1
        self.writer.writer.removeAll()
        self.writer.writer.uplinkHead(UplinkHead(ack: Ack(tick: self.tick, delay: 0), number: self.number, operationCount: 1))
        self.writer.writer.set(self.entity, fieldCount: 1)
        self.writer.writer.field(.inline("count"), StoredValue(.integer(Int64(self.number))))
        return self.writer.writer.payload
    }
}

/// Memory of a ``MuteWriter``.
private final class WriterBox {
    var writer = WireWriter(capacity: 128)
}
