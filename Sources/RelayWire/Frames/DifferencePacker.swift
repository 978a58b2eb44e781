/// Collects the differences of one tick, then writes them packed: SPEC section 5, "packed differences".
///
/// Call ``removeAll()``, then for each entity ``update(_:)`` and at least one ``difference(_:_:)`` in ascending order of names,
/// then ``write(into:)`` unless ``count`` is 0. Entities may come in any order, each once.
///
/// - Complexity: O(differences), plus O(n log n) in the entities unless they ascend already. Allocates only to grow.
package struct DifferencePacker: Sendable {
    private struct Update {
        var entity: UInt32
        /// The position of its first number in `zigzags`.
        var first: UInt32
        var names: UInt64
    }

    /// The statistics of a column from which its width is chosen.
    private struct Column {
        var count = 0
        /// The width that the largest number needs.
        var widest = 1
        /// At index w − 1: the extra bits for all numbers that need width w, if a narrower column has to escape them. The last
        /// entry is for numbers that no width fits.
        var escapeBits = InlineArray<17, Int>(repeating: 0)
    }

    private var updates: [Update] = []
    private var zigzags: [UInt64] = []
    /// By name index.
    private var columns: [Column] = []
    private var names: UInt64 = 0
    private var ascends = true

    package init() {}

    /// Number of entities updated.
    package var count: Int { self.updates.count }

    /// Forgets all differences, keeps the memory.
    package mutating func removeAll() {
        self.updates.removeAll(keepingCapacity: true)
        self.zigzags.removeAll(keepingCapacity: true)
        var names = self.names
        while names != 0 {
            self.columns[names.trailingZeroBitCount] = Column()
            names &= names - 1
        }
        (self.names, self.ascends) = (0, true)
    }

    /// Starts an entity.
    package mutating func update(_ entity: EntityID) {
        if let last = self.updates.last {
            precondition(last.names != 0 && last.entity != entity.rawValue)
            self.ascends = self.ascends && last.entity < entity.rawValue
        }
        self.updates.append(Update(entity: entity.rawValue, first: UInt32(self.zigzags.count), names: 0))
    }

    /// Adds a difference to the entity started last. Name indices must ascend and be below ``WireLimits/maskBits``.
    package mutating func difference(_ name: NameIndex, _ difference: Int64) {
        let (index, last) = (Int(name.rawValue), self.updates.count - 1)
        precondition(index < WireLimits.maskBits && self.updates[last].names >> UInt64(index) == 0)
        self.updates[last].names |= 1 << UInt64(index)
        self.names |= 1 << UInt64(index)
        while self.columns.count <= index { self.columns.append(Column()) }
        let zigzag = DifferenceCode.zigzag(difference)
        self.zigzags.append(zigzag)
        let width = Self.width(of: zigzag)
        self.columns[index].count += 1
        self.columns[index].widest = max(self.columns[index].widest, width)
        self.columns[index].escapeBits[width - 1] += Self.escapedBits(zigzag)
    }

    /// The smallest width that takes a number without an escape; 17, one more than the widest, if there is none.
    private static func width(of zigzag: UInt64) -> Int {
        let (next, overflow) = zigzag.addingReportingOverflow(1)
        return overflow ? 17 : max(1, min(64 - next.leadingZeroBitCount, 17))
    }

    /// Bits that follow the escape of this number.
    private static func escapedBits(_ zigzag: UInt64) -> Int {
        DifferenceCode.lengthBits + 63 - (zigzag | 1).leadingZeroBitCount
    }

    /// The width at which a column takes the fewest bits in all; of equals the smallest.
    private static func cheapestWidth(_ column: borrowing Column) -> Int {
        // A column wider than its widest number only costs more.
        var width = min(column.widest, DifferenceCode.widths.upperBound)
        var bits = column.count &* width &+ column.escapeBits[16]
        var (best, bestBits) = (width, bits)
        while width > 1 {
            bits = bits &- column.count &+ column.escapeBits[width &- 1]
            width &-= 1
            if bits <= bestBits { (best, bestBits) = (width, bits) }
        }
        return best
    }

    // MARK: Writing

    /// Appends the mask and the bits. There must be at least one update.
    package mutating func write(into writer: inout WireWriter) {
        precondition(self.updates.last.map { $0.names != 0 } ?? false)
        if !self.ascends { self.sortUpdates() }
        writer.varint(self.names)
        var bits = BitWriter()
        let widths = self.writeWidths(&bits, into: &writer)
        var next: UInt64 = 0
        for update in self.updates {
            self.writeHead(update, after: next, &bits, into: &writer)
            self.writeRow(update, widths, &bits, into: &writer)
            next = UInt64(update.entity) + 1
        }
        bits.finish(into: &writer)
    }

    /// Chooses and appends the width of each column. Returns the widths by name index.
    private func writeWidths(_ bits: inout BitWriter, into writer: inout WireWriter) -> InlineArray<56, UInt8> {
        var widths = InlineArray<56, UInt8>(repeating: 0)
        var names = self.names
        while names != 0 {
            let name = names.trailingZeroBitCount
            let width = Self.cheapestWidth(self.columns[name])
            bits.put(UInt64(width - 1), DifferenceCode.widthBits, into: &writer)
            widths[name] = UInt8(width)
            names &= names - 1
        }
        return widths
    }

    private func writeHead(_ update: Update, after next: UInt64, _ bits: inout BitWriter, into writer: inout WireWriter) {
        let skip = UInt64(update.entity) - next
        let hasOwnColumns = update.names != self.names
        switch (skip > 0, hasOwnColumns) {
        case (false, false): bits.put(0b0, 1, into: &writer)
        case (false, true): bits.put(0b01, 2, into: &writer)
        case (true, false): bits.put(0b011, 3, into: &writer)
        case (true, true): bits.put(0b111, 3, into: &writer)
        }
        if skip > 0 { bits.putGamma(skip, into: &writer) }
        guard hasOwnColumns else { return }
        var names = self.names
        while names != 0 {
            bits.put(update.names >> UInt64(names.trailingZeroBitCount) & 1, 1, into: &writer)
            names &= names - 1
        }
    }

    private func writeRow(
        _ update: Update, _ widths: borrowing InlineArray<56, UInt8>, _ bits: inout BitWriter, into writer: inout WireWriter
    ) {
        var position = Int(update.first)
        var names = update.names
        while names != 0 {
            let width = Int(widths[names.trailingZeroBitCount])
            let (zigzag, escape) = (self.zigzags[position], DifferenceCode.escape(width))
            bits.put(min(zigzag, escape), width, into: &writer)
            if zigzag >= escape { Self.writeEscaped(zigzag, &bits, into: &writer) }
            names &= names - 1
            position += 1
        }
    }

    private static func writeEscaped(_ zigzag: UInt64, _ bits: inout BitWriter, into writer: inout WireWriter) {
        let length = 63 - zigzag.leadingZeroBitCount
        bits.put(UInt64(length), DifferenceCode.lengthBits, into: &writer)
        bits.putLong(zigzag & ((1 << UInt64(length)) - 1), length, into: &writer)
    }

    // MARK: Order

    /// A heap sort in place, because the standard library's sort allocates.
    private mutating func sortUpdates() {
        self.updates.withUnsafeMutableBufferPointer { updates in
            var root = updates.count / 2
            while root > 0 {
                root -= 1
                Self.sink(root, in: updates, below: updates.count)
            }
            var end = updates.count
            while end > 1 {
                end -= 1
                updates.swapAt(0, end)
                Self.sink(0, in: updates, below: end)
            }
        }
        self.ascends = true
        for position in 1..<max(1, self.updates.count) {
            precondition(self.updates[position - 1].entity < self.updates[position].entity, "an entity came twice")
        }
    }

    private static func sink(_ start: Int, in updates: UnsafeMutableBufferPointer<Update>, below end: Int) {
        var parent = start
        while true {
            var child = 2 * parent + 1
            guard child < end else { return }
            if child + 1 < end, updates[child].entity < updates[child + 1].entity { child += 1 }
            guard updates[parent].entity < updates[child].entity else { return }
            updates.swapAt(parent, child)
            parent = child
        }
    }
}
