import RelayWire

/// A room as it is drawn at one instant, a little behind the newest frame, so that numbers move smoothly between the ticks.
///
/// Floating-point numbers move, integers step when their tick is drawn, and everything else shows its newest value. Our own entities
/// are not delayed: they are as the relay has them.
public struct RoomView: Sendable {
    private let replica: Replica
    private let seat: SeatNumber?
    private let drawing: Drawing

    package init(replica: Replica, seat: SeatNumber?, drawing: Drawing) {
        (self.replica, self.seat, self.drawing) = (replica, seat, drawing)
    }

    /// The tick that is drawn, with a fraction; 0 before the first frame.
    public var tick: Double { self.drawing.tick }

    /// Every entity that is a value of this type, by ascending id, as drawn.
    public func entities<Content: RelayEntity>(of type: Content.Type) -> [TypedEntity<Content>] {
        let reader = self.reader(for: type)
        return (0..<self.replica.entityCount).compactMap { self.drawn($0, type, reader) }
    }

    /// One entity as drawn; nil if it does not exist or is no value of this type.
    public func entity<Content: RelayEntity>(_ id: EntityID, as type: Content.Type) -> TypedEntity<Content>? {
        self.replica.table.position(of: id).flatMap { self.drawn($0, type, self.reader(for: type)) }
    }

    private func reader<Content: RelayEntity>(for type: Content.Type) -> FieldReader {
        var drawing = self.drawing
        drawing.interpolate = type.interpolate
        return FieldReader(self.replica, drawing: drawing)
    }

    private func drawn<Content: RelayEntity>(
        _ position: Int, _ type: Content.Type, _ reader: FieldReader
    ) -> TypedEntity<Content>? {
        reader.entity(at: position, as: type, isDrawn: reader.owner(at: position) != self.seat)
    }
}
