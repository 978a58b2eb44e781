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
        let drawing = self.drawing(for: type)
        return self.replica.entities.compactMap { self.drawn($0, type, drawing) }
    }

    /// One entity as drawn; nil if it does not exist or is no value of this type.
    public func entity<Content: RelayEntity>(_ id: EntityID, as type: Content.Type) -> TypedEntity<Content>? {
        self.replica.entity(id).flatMap { self.drawn($0, type, self.drawing(for: type)) }
    }

    private func drawing<Content: RelayEntity>(for type: Content.Type) -> Drawing {
        var drawing = self.drawing
        drawing.interpolate = type.interpolate
        return drawing
    }

    private func drawn<Content: RelayEntity>(_ entity: Entity, _ type: Content.Type, _ drawing: Drawing) -> TypedEntity<Content>?
    {
        let isOurs = entity.owner == self.seat
        let source = FieldSource(entity, drawing: isOurs ? nil : drawing)
        return FieldDecoder.decode(type, from: source).map { TypedEntity(id: entity.id, owner: entity.owner, value: $0) }
    }
}
