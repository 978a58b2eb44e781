/// The public state of a room: its names and entities, and who may write them.
package struct RoomWorld {
    let configuration: RoomConfiguration
    /// The tick that is being run.
    private(set) var tick: Tick
    package private(set) var names: NameTable
    package var entities: EntityStore
    /// The last tick at which anything of it changed.
    private(set) var lastChange: Tick
    /// Counts the changes of the room's card.
    var cardVersion: UInt64 = 0
    /// The fields of the set operation that is being applied, as they will be kept. Kept to reuse their memory.
    var checkedFields: [OperationField] = []

    init(_ configuration: RoomConfiguration, at tick: Tick) {
        (self.configuration, self.tick, self.lastChange) = (configuration, tick, tick)
        self.names = NameTable(declared: configuration.fields, at: tick)
        self.entities = EntityStore(maximumDeletions: configuration.maximumDeletions)
    }

    /// The checksum a replica of this tick has: SPEC section 6.
    var checksum: UInt32 { self.names.checksum &+ self.entities.checksum }

    /// Deletions of this tick and before may have been forgotten: an older replica needs a snapshot.
    var forgottenThrough: Tick { self.entities.forgottenThrough }

    /// Whether a seat's namespace has no entities.
    func isEmpty(space: SeatNumber) -> Bool { self.entities.isEmpty(space: space) }

    mutating func begin(_ tick: Tick) {
        self.tick = tick
        self.entities.beginTick()
    }

    mutating func releaseMemory() { self.checkedFields = [] }

    mutating func markChanged() { self.lastChange = self.tick }

    // MARK: Names

    /// A name's index, nil if it is new.
    func known(_ name: NameReference, _ message: Span<UInt8>) -> NameIndex? {
        switch name {
        case .index(let index): index
        case .inline(let range): self.names.index(of: Self.string(message, range))
        }
    }

    /// A name's index; a new name is added to the table. Nil if the table is full.
    ///
    /// - Parameter isCard: Whether it is for the room's card, for which some names are kept.
    mutating func resolve(_ name: NameReference, _ message: Span<UInt8>, isCard: Bool = false) -> NameIndex? {
        if let known = self.known(name, message) { return known }
        guard case .inline(let range) = name, self.hasPlace(forNames: 1, isCard: isCard) else { return nil }
        let index = self.names.add(Self.string(message, range), quantum: nil, at: self.tick)
        if index != nil { self.markChanged() }
        return index
    }

    func hasPlace(forNames count: Int, isCard: Bool) -> Bool {
        self.names.count + count + (isCard ? 0 : self.names.keptForCard) <= WireLimits.names
    }

    static func string(_ message: Span<UInt8>, _ range: Range<Int>) -> String {
        message.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: Leavers

    /// Decides about the entities of a seat that is gone.
    mutating func disposeEntities(of number: SeatNumber, host: SeatNumber) {
        for slot in self.entities.slots.indices where self.entities.slots[slot].owner == number && self.exists(slot) {
            switch self.configuration.departure {
            case .remove: self.entities.remove(slot: slot, at: self.tick)
            case .keep: self.entities.setOwner(.room, slot: slot, at: self.tick)
            case .handToHost: self.entities.setOwner(host, slot: slot, at: self.tick)
            }
            self.markChanged()
        }
    }

    private func exists(_ slot: Int) -> Bool { self.entities.slot(of: self.entities.slots[slot].id) == slot }

    // MARK: Restoring

    mutating func restore(at tick: Tick) { (self.names, self.tick) = (NameTable(), tick) }

    mutating func restore(_ tick: Tick) { self.tick = tick }

    mutating func restore(lastChange: Tick) { self.lastChange = lastChange }

    /// Restores a name. False if the table is full.
    mutating func restore(name: String, quantum: Double?, added: Tick) -> Bool {
        self.names.add(name, quantum: quantum, at: added) != nil
    }
}
