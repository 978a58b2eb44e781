import RelayCore
import RelayWire

/// One operation of an uplink, as tests write it.
enum Op {
    case set(EntityID, [(OutgoingName, Value)])
    case remove(EntityID)
    case event(String, Audience, [SeatNumber], Value)
    case compare(EntityID, String, expected: Value, new: Value)
    case actOn(Operation.Code, ActTarget)
    case password(String)
    case invite(String, seconds: UInt64, held: Role? = nil)

    static func set(_ entity: EntityID, _ name: String, _ value: Value) -> Op { .set(entity, [(.inline(name), value)]) }
    static func act(_ code: Operation.Code, _ client: TestClient, joined: Tick = .none) -> Op {
        .actOn(code, ActTarget(client.seat, joined: joined))
    }
    static func say(_ value: Int64, _ audience: Audience = .all, _ seats: [SeatNumber] = []) -> Op {
        .event("say", audience, seats, .integer(value))
    }

    func write(into writer: inout WireWriter) {
        switch self {
        case .set(let entity, let fields):
            writer.set(entity, fieldCount: fields.count)
            for (name, value) in fields { writer.field(name, StoredValue(value)) }
        case .remove(let entity): writer.remove(entity)
        case .event(let name, let audience, let seats, let value):
            writer.event(.inline(name), audience, seats: seats, StoredValue(value))
        case .compare(let entity, let name, let expected, let new):
            writer.compareAndSet(entity, .inline(name), expected: StoredValue(expected), new: StoredValue(new))
        case .actOn(let code, let target): writer.act(code, on: target)
        case .password(let password): writer.password(password)
        case .invite(let text, let seconds, let held): writer.invite(text, seconds: seconds, held: held)
        }
    }
}

/// One connection of one client, which applies its frames to a reference replica.
final class TestClient {
    let connection: ConnectionID
    var welcome: SeatWelcome?
    var closed: CloseCode?
    var replica = Replica()
    /// Newest tick applied on this connection: the newest that an acknowledgement may name.
    var applied: UInt64 = 0
    /// Newest tick acknowledged because of ``acknowledges``.
    var acknowledged: UInt64 = 0
    var lastUplink: UInt64 = 0

    /// Acknowledges the newest applied frame before each tick, once.
    var acknowledges = true
    /// Takes frames out of its socket.
    var reads = true
    /// The kernel takes whole frames. If false, the first one stays unfinished until ``RoomHarness/finish(_:at:)``.
    var takesAll = true
    /// Nanoseconds from hand-over to the arrival of the acknowledgement.
    var latency: UInt64 = 5_000_000
    /// Ack delay that it reports, microseconds.
    var hold: UInt64 = 0

    /// Frames in the socket.
    var unread: [(own: [UInt8]?, frame: [UInt8])] = []
    var heads: [Replica.Head] = []
    var lastFrame: [UInt8] = []
    var lastPrivate: [UInt8]?
    /// Why the last frame could not be applied: a real client would send `resync`.
    var complaint: String?

    init(_ connection: ConnectionID) { self.connection = connection }

    var seat: SeatNumber { self.welcome?.seat ?? .room }
    var generation: UInt64 { self.welcome?.generation ?? 0 }
    var isConnected: Bool { self.welcome != nil && self.closed == nil }
    var lastHead: Replica.Head? { self.heads.last }
    /// Number of snapshots it got.
    var snapshots: Int { self.heads.count { $0.coding == 2 } }
    /// An entity in this client's own namespace.
    func entity(_ number: UInt16) -> EntityID { EntityID(self.seat, number) }

    func readAll() {
        for (own, frame) in self.unread { self.read(own, frame) }
        self.unread = []
    }

    private func read(_ own: [UInt8]?, _ frame: [UInt8]) {
        (self.lastFrame, self.lastPrivate) = (frame, own)
        do {
            let head = try Replica.head(frame)
            self.heads.append(head)
            // After a complaint only a snapshot helps.
            guard self.complaint == nil || head.coding == 2 else { return }
            try self.replica.apply(private: own, frame: frame)
            self.complaint = nil
            self.applied = head.tick
        } catch {
            self.complaint = "\(error)"
        }
    }
}
