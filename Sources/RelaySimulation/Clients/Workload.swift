import RelayClient
import RelayCore
import RelayWire

/// The writes of one client: every kind of value and of operation, marked so that the checks can recognise them.
struct Workload {
    static let stamp = "stamp"
    static let counter = "counter"
    /// Written by compare-and-set only.
    static let counterEntity = EntityID.room(0)
    static let publicEvent = "shout"
    static let privateEvent = "whisper"
    private static let quantised = "q"
    private static let mixed = "mixed"
    private static let plain = ["i", "f", "s", "b", "t"]

    /// Names that the room has from the start. Fillers push later names to indices that a difference mask cannot carry.
    static func declaredFields(fillers: Int) -> [DeclaredField] {
        var fields = [DeclaredField(name: Self.quantised, quantum: 0.25)]
        for name in [Self.publicEvent, Self.privateEvent, Self.stamp, Self.counter] + Self.plain.prefix(2) {
            fields.append(DeclaredField(name: name, quantum: nil))
        }
        for number in 0..<fillers { fields.append(DeclaredField(name: "filler\(number)", quantum: nil)) }
        return fields
    }

    private var stampValue: Int64 = 0
    private var dynamicNames: UInt64 = 0
    /// The stamp written when the faults had ended.
    private(set) var finalStamp: Int64?
    private var position: Int64 = 0

    init() {}

    /// Makes the one write after the faults. The room must have it in the end.
    mutating func writeFinalStamp(_ session: inout ClientSession) {
        guard self.finalStamp == nil else { return }
        self.stampValue += 1
        if session.set(.own(0), Self.stamp, .integer(self.stampValue)) == .accepted { self.finalStamp = self.stampValue }
    }

    /// Call for a new seat: the earlier writes are gone with the old one.
    mutating func forgetFinalStamp() { self.finalStamp = nil }

    /// Makes the state writes of one game tick.
    mutating func writeState(_ session: inout ClientSession, _ rates: WorkloadRates, _ random: inout SplitMix64) {
        if random.chance(rates.move) {
            self.stampValue += 1
            self.position &+= Int64(random.below(9 as UInt64)) - 4
            let entity = EntityTarget.own(UInt16(random.below(rates.entities)))
            session.set(.own(0), Self.stamp, .integer(self.stampValue))
            session.set(entity, Self.quantised, Double(self.position) * 0.3)
            session.set(entity, "i", .integer(self.position &* 1_000_003))
        }
        if random.chance(rates.otherFields) {
            let entity = EntityTarget.own(UInt16(random.below(rates.entities)))
            session.set(entity, random.pick(Self.plain), Self.value(&random))
            session.set(entity, Self.mixed, Self.value(&random))
        }
        if random.chance(rates.removeOwn) { self.removeAndPerhapsMakeAgain(&session, rates, &random) }
        if random.chance(rates.roomWrites) { Self.writeRoom(&session, &random) }
        if random.chance(rates.newNames) {
            self.dynamicNames += 1
            session.set(.own(1), "dynamic\(random.below(60 as Int))", .bool(true))
        }
    }

    private func removeAndPerhapsMakeAgain(_ session: inout ClientSession, _ rates: WorkloadRates, _ random: inout SplitMix64) {
        let entity = EntityTarget.own(UInt16(random.below(rates.entities + 1)))
        switch random.below(4 as Int) {
        case 0: session.remove(entity)
        case 1:
            session.remove(entity)
            session.set(entity, "i", .integer(1))
        case 2:
            // Made and removed within one uplink.
            session.remove(entity)
            _ = session.compareAndSet(entity, "i", expected: .null, new: .integer(7))
            session.remove(entity)
        default: session.create(entity)
        }
    }

    private static func writeRoom(_ session: inout ClientSession, _ random: inout SplitMix64) {
        let entity = EntityTarget.room(UInt16(random.within(1...3 as ClosedRange<UInt64>)))
        switch random.below(5 as Int) {
        case 0: session.remove(entity)
        case 1: session.create(entity)
        default: session.set(entity, random.pick(Self.plain), Self.value(&random))
        }
    }

    /// A value of any type.
    static func value(_ random: inout SplitMix64) -> Value {
        switch random.below(9 as Int) {
        case 0: return .null
        case 1: return .bool(random.below(2 as Int) == 0)
        case 2: return .integer(Int64(bitPattern: random.next()))
        case 3: return .integer(Int64(random.below(100 as UInt64)))
        case 4: return .float(Double(random.below(10_000 as UInt64)) / 7)
        case 5: return .float(-0.0)
        case 6: return .string(String(repeating: "ä", count: random.below(20)))
        case 7: return .bytes([UInt8](repeating: UInt8(truncatingIfNeeded: random.next()), count: random.below(60)))
        default: return .quantised(steps: Int64(random.below(50 as UInt64)))
        }
    }
}
