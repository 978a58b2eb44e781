/// When bytes arrived, and whether the kernel said so.
public struct Arrival: Sendable, Equatable {
    /// Monotonic.
    public var at: Instant
    /// Whether this is the kernel's stamp of this message's own last byte.
    public var isExact: Bool
    public init(at: Instant, isExact: Bool) { (self.at, self.isExact) = (at, isExact) }
}

/// Takes a seat back: what the client says, and what its token says once the shell has checked it.
public struct RejoinRequest: Sendable, Equatable {
    public var seat: SeatNumber
    public var generation: UInt64
    public var epoch: UInt64
    public var tick: Tick
    public var confirmed: UInt64
    public init(seat: SeatNumber, generation: UInt64, epoch: UInt64, tick: Tick, confirmed: UInt64) {
        (self.seat, self.generation, self.epoch, self.tick, self.confirmed) = (seat, generation, epoch, tick, confirmed)
    }
}

/// One input that waits for the tick.
struct InboxEntry {
    enum Input {
        case join(Role, ConnectionID)
        case rejoin(RejoinRequest, ConnectionID)
        /// Bytes in ``Inbox/bytes``.
        case message(generation: UInt64, Range<Int>, exact: Bool)
        /// An uplink whose head was accepted: its operations are yet to be applied.
        case operations(UplinkHead, Range<Int>, from: Int)
        case lost(generation: UInt64, ConnectionID)
        case leave(generation: UInt64)
        case done
    }
    var arrival: Instant
    /// 0 for joins: before everybody at the same instant.
    var seat: SeatNumber
    var input: Input
}

/// The inputs of one tick. Bounded: what does not fit is the sender's loss, and closes its connection.
struct Inbox {
    private(set) var entries: [InboxEntry] = []
    /// Copies of the messages, one after the other.
    private(set) var bytes: [UInt8] = []
    /// Entries and bytes that wait at most. A tick reads at most 16 KiB a connection, so this holds a full room's worth.
    static let maximumEntries = 1 << 18
    static let maximumBytes = 32 << 20

    var isFull: Bool { self.entries.count >= Self.maximumEntries || self.bytes.count >= Self.maximumBytes }

    mutating func add(_ input: InboxEntry.Input, seat: SeatNumber, at arrival: Instant) {
        self.entries.append(InboxEntry(arrival: arrival, seat: seat, input: input))
    }

    mutating func addMessage(_ message: Span<UInt8>, seat: SeatNumber, generation: UInt64, at arrival: Arrival) {
        let start = self.bytes.count
        message.withUnsafeBufferPointer { self.bytes.append(contentsOf: $0) }
        self.add(.message(generation: generation, start..<self.bytes.count, exact: arrival.isExact), seat: seat, at: arrival.at)
    }

    /// Orders by arrival, then seat; equal ones stay as they came. Descriptor order favours nobody.
    mutating func sort() {
        // Insertion sort: few entries, nearly ordered, no allocation. Floods take the library's sort.
        guard self.entries.count <= 128 else { return self.sortMany() }
        for index in self.entries.indices.dropFirst() {
            var position = index
            while position > 0, Self.precedes(self.entries[position], self.entries[position - 1]) {
                self.entries.swapAt(position, position - 1)
                position -= 1
            }
        }
    }

    private mutating func sortMany() {
        let order = self.entries.indices.sorted {
            let (left, right) = (self.entries[$0], self.entries[$1])
            return Self.precedes(left, right) || (!Self.precedes(right, left) && $0 < $1)
        }
        self.entries = order.map { self.entries[$0] }
    }

    private static func precedes(_ left: InboxEntry, _ right: InboxEntry) -> Bool {
        (left.arrival, left.seat) < (right.arrival, right.seat)
    }

    mutating func replace(_ index: Int, with input: InboxEntry.Input) { self.entries[index].input = input }

    mutating func removeAll() {
        self.entries.removeAll(keepingCapacity: true)
        self.bytes.removeAll(keepingCapacity: true)
    }
}
