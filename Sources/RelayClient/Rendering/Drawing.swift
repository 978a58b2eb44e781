import RelayWire
import Synchronization

/// What is drawn at one instant: a tick with a fraction, and the numbers recorded until then.
package struct Drawing: Sendable {
    package let tick: Double
    /// Ticks for which a motion may be continued.
    let ahead: Double
    let history: MotionHistory
    let wanted: WantedNames
    var interpolate: [String: Interpolation] = [:]

    package init(tick: Double, ahead: Double, history: MotionHistory, wanted: WantedNames) {
        (self.tick, self.ahead, self.history, self.wanted) = (tick, ahead, history, wanted)
    }

    /// The value to draw; nil if there is none yet, which asks for it to be recorded from now on.
    func value(of entity: EntityID, _ name: String, at index: NameIndex, _ usual: Interpolation) -> Double? {
        guard self.history.records(name) else {
            self.wanted.add(name)
            return nil
        }
        let kind = usual == .step ? usual : self.interpolate[name] ?? usual
        return self.history.value(of: entity, at: index, self.tick, kind, ahead: self.ahead)
    }
}

/// The names of numbers that somebody draws and that are not recorded yet.
package final class WantedNames: Sendable {
    private let names = Mutex<Set<String>>([])

    package init() {}

    func add(_ name: String) { self.names.withLock { _ = $0.insert(name) } }

    /// The names since the last call. Empty as a rule.
    package func take() -> Set<String> {
        self.names.withLock { names in
            defer { names = [] }
            return names
        }
    }
}

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
