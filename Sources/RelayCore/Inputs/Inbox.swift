import RelayWire

/// The arrival time of bytes, and whether the kernel stamped it.
package struct Arrival: Sendable, Equatable {
    /// Monotonic.
    package var at: Instant
    /// Whether this is the kernel's stamp of this message's own last byte.
    package var isExact: Bool
    package init(at: Instant, isExact: Bool) { (self.at, self.isExact) = (at, isExact) }
}

/// A request to take a seat back: the client's fields, and those of its token, which the shell has checked.
package struct RejoinRequest: Sendable, Equatable {
    package var seat: SeatNumber
    package var generation: UInt64
    package var epoch: UInt64
    package var tick: Tick
    package var confirmed: UInt64
    package init(seat: SeatNumber, generation: UInt64, epoch: UInt64, tick: Tick, confirmed: UInt64) {
        (self.seat, self.generation, self.epoch, self.tick, self.confirmed) = (seat, generation, epoch, tick, confirmed)
    }
}

/// An uplink with its operations in ``Inbox/operations``.
package struct AcceptedUplink {
    var number: UInt64
    /// In ``Inbox/bytes``.
    var message: Range<Int>
    var operations: Range<Int>
    /// Index of its first field.
    var firstField: Int
}

/// The inputs of one tick. Bounded: a message that does not fit is dropped, and its sender's connection is closed.
///
/// Memory is kept from tick to tick. The memory of a flood is freed once no tick has needed it for ``window`` ticks.
package struct Inbox {
    package private(set) var entries: [InboxEntry] = []
    /// Copies of the messages, one after the other.
    package private(set) var bytes: [UInt8] = []
    /// What is known of those who want a seat: not in their entries, which are cheap to sort while they own nothing.
    private(set) var introductions: [ConnectionID: Introduction] = [:]
    /// What the messages ask for, decoded.
    private(set) var operations = OperationList()
    // For sorting. Kept to reuse their memory.
    private var keys: [Key] = []
    private var merged: [Key] = []
    /// Positions at which runs of ordered keys begin.
    private var runs: [Int] = []
    private var sorted: [InboxEntry] = []

    /// An entry's place in the order. No two are equal.
    private struct Key: Comparable {
        var arrival: Instant
        /// The seat in the upper 32 bits, the position in ``entries`` in the lower.
        var order: UInt64
        static func < (left: Key, right: Key) -> Bool {
            left.arrival == right.arrival ? left.order < right.order : left.arrival < right.arrival
        }
    }
    /// Items (messages, and the operations, fields and receivers that uplinks were decoded to) from which on each sender is held to its own
    /// share.
    var itemLimit = Inbox.leastItemLimit
    static let leastItemLimit = 1 << 16
    /// The same for bytes. A tick reads at most 16 KiB from a connection, and as much between two ticks that are far apart.
    package static let maximumBytes = 32 << 20

    /// Ticks after which memory that none of them has needed is freed. Up to ``slack`` times the need may stay.
    package static let window = 64

    private static let slack = 4
    private static let leastEntries = 64
    private static let leastBytes = 4096
    private var ticks = 0
    private var peakEntries = 0
    private var peakBytes = 0
    private var peakOperations = 0

    package init() {}

    package var isFull: Bool { self.isFullOfItems || self.bytes.count >= Self.maximumBytes }

    var isFullOfItems: Bool { self.entries.count + self.operations.itemCount >= self.itemLimit }

    /// Capacity of the lists, bytes.
    package var capacity: Int {
        self.bytes.capacity + self.operations.capacity + (self.keys.capacity + self.merged.capacity) * MemoryLayout<Key>.stride
            + self.runs.capacity * MemoryLayout<Int>.stride
            + (self.entries.capacity + self.sorted.capacity) * MemoryLayout<InboxEntry>.stride
    }

    package mutating func add(_ input: InboxEntry.Input, seat: SeatNumber, at arrival: Instant) {
        self.entries.append(InboxEntry(arrival: arrival, seat: seat, input: input))
    }

    mutating func introduce(_ newcomer: Introduction, as connection: ConnectionID) { self.introductions[connection] = newcomer }

    mutating func addMessage(_ message: Span<UInt8>, seat: SeatNumber, generation: UInt64, at arrival: Arrival) {
        self.add(.message(generation: generation, self.keep(message), exact: arrival.isExact), seat: seat, at: arrival.at)
    }

    /// The shell bounds how many wait.
    mutating func addRequest(_ operation: Span<UInt8>, number: UInt64, seat: SeatNumber, generation: UInt64, at arrival: Instant)
    {
        self.add(.request(number: number, generation: generation, self.keep(operation)), seat: seat, at: arrival)
    }

    /// Copies bytes, and says where to.
    @inline(__always)
    private mutating func keep(_ copied: Span<UInt8>) -> Range<Int> {
        let start = self.bytes.count
        copied.withUnsafeBufferPointer { self.bytes.append(contentsOf: $0) }
        return start..<self.bytes.count
    }

    /// Sorts by arrival, then seat, and keeps the order of equal ones: descriptor order must favour nobody. O(n log r) for r runs
    /// already in order; messages that a connection sent at once are one run. Sorts keys, because entries are large. Allocates
    /// nothing once its lists have grown.
    package mutating func sort() {
        guard self.isOutOfOrder else { return }
        self.findRuns()
        while self.runs.count > 1 {
            Self.mergeInPairs(&self.runs, of: self.keys, into: &self.merged)
            swap(&self.keys, &self.merged)
        }
        self.sorted.removeAll(keepingCapacity: true)
        for key in self.keys { self.sorted.append(self.entries[Int(key.order & 0xFFFF_FFFF)]) }
        swap(&self.entries, &self.sorted)
    }

    private var isOutOfOrder: Bool {
        guard self.entries.count > 1 else { return false }
        for index in 1..<self.entries.count {
            let (left, right) = (self.entries[index - 1], self.entries[index])
            if (right.arrival, right.seat) < (left.arrival, left.seat) { return true }
        }
        return false
    }

    private mutating func findRuns() {
        self.keys.removeAll(keepingCapacity: true)
        self.merged.removeAll(keepingCapacity: true)
        self.runs.removeAll(keepingCapacity: true)
        var last: Key?
        for index in 0..<self.entries.count {
            let order = UInt64(self.entries[index].seat.rawValue) << 32 | UInt64(index)
            let key = Key(arrival: self.entries[index].arrival, order: order)
            if last.map({ key < $0 }) ?? true { self.runs.append(index) }
            self.keys.append(key)
            last = key
        }
        self.merged.append(contentsOf: self.keys)
    }

    /// One pass of a merge sort. Our own, because the library's sort allocates a buffer each time.
    private static func mergeInPairs(_ runs: inout [Int], of keys: [Key], into merged: inout [Key]) {
        let count = runs.count
        for first in stride(from: 0, to: count, by: 2) {
            let begin = runs[first]
            let middle = first + 1 < count ? runs[first + 1] : keys.count
            let end = first + 2 < count ? runs[first + 2] : keys.count
            self.merge(keys, begin, middle, end, into: &merged)
            runs[first / 2] = begin
        }
        runs.removeLast(count / 2)
    }

    /// Merges the runs that begin at `begin` and at `middle`.
    private static func merge(_ keys: [Key], _ begin: Int, _ middle: Int, _ end: Int, into merged: inout [Key]) {
        var (left, right) = (begin, middle)
        for place in begin..<end {
            if right == end || left < middle && !(keys[right] < keys[left]) {
                merged[place] = keys[left]
                left += 1
            } else {
                merged[place] = keys[right]
                right += 1
            }
        }
    }

    /// Decodes the operations of an uplink, and keeps them if there are at most so many items.
    ///
    /// - Parameter names: The number of names in the room's table.
    /// - Returns: The uplink, and its items; nil if they are more.
    mutating func decode(
        _ head: UplinkHead, _ message: Range<Int>, from offset: Int, names: Int, maximumItems: Int
    ) throws(WireError) -> (uplink: AcceptedUplink, items: Int)? {
        let (mark, before) = (self.operations.mark, self.operations.itemCount)
        let (first, firstField) = (self.operations.operations.count, self.operations.fields.count)
        let bytes = self.bytes
        try self.operations.read(bytes.span.extracting(message), from: offset, count: head.operationCount, names: names)
        let items = self.operations.itemCount - before
        guard items <= maximumItems else {
            self.operations.removeAll(after: mark)
            return nil
        }
        let uplink = AcceptedUplink(
            number: head.number, message: message, operations: first..<self.operations.operations.count, firstField: firstField)
        return (uplink, items)
    }

    mutating func replace(_ index: Int, with input: InboxEntry.Input) { self.entries[index].input = input }

    mutating func removeAll() {
        self.peakEntries = max(self.peakEntries, self.entries.count)
        self.peakBytes = max(self.peakBytes, self.bytes.count)
        self.peakOperations = max(self.peakOperations, self.operations.needed)
        self.entries.removeAll(keepingCapacity: true)
        self.bytes.removeAll(keepingCapacity: true)
        if !self.introductions.isEmpty { self.introductions = [:] }
        self.operations.removeAll()
        self.ticks += 1
        if self.ticks == Self.window { self.giveMemoryBack() }
    }

    private mutating func giveMemoryBack() {
        let (entries, bytes) = (Self.slack * self.peakEntries, Self.slack * self.peakBytes)
        if self.entries.capacity > max(Self.leastEntries, entries) { self.entries = [] }
        if self.sorted.capacity > max(Self.leastEntries, entries) { self.sorted = [] }
        if self.keys.capacity > max(Self.leastEntries, entries) { (self.keys, self.merged, self.runs) = ([], [], []) }
        if self.bytes.capacity > max(Self.leastBytes, bytes) { self.bytes = [] }
        if self.operations.capacity > max(Self.leastBytes, Self.slack * self.peakOperations) { self.operations = OperationList() }
        (self.ticks, self.peakEntries, self.peakBytes, self.peakOperations) = (0, 0, 0, 0)
    }
}
