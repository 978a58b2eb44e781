import RelayWire

/// Uplinks sent and not confirmed (SPEC section 9). A resend repeats the bytes from the number on unchanged; only the
/// acknowledgement in front of them is new.
///
/// All of them share one piece of memory, which is compacted when its first half is free. The caller of `append` bounds it.
struct UplinkLog: Sendable {
    private struct Record {
        var number: UInt64
        var start: Int
        var end: Int
        /// The bytes keep their meaning as long as this many names at the start of the table stay the same.
        var namesUsed: Int
    }

    /// Time from one resent uplink to the next, in nanoseconds: half of the relay's rate.
    private var pace: UInt64 = 0
    private var bytes: [UInt8] = []
    private var records: [Record] = []
    /// Records before this position are confirmed.
    private var head = 0
    /// Records from this position on were not sent on this connection.
    private var unsent = 0
    /// When the next uplink may be resent. Nanoseconds.
    private var resendAt: UInt64 = 0
    /// How often in a row the relay closed the connection because of a message it could not take. A confirmation resets it.
    private var refusals = 0
    /// Highest number the relay says it applied.
    private(set) var confirmed: UInt64 = 0
    /// The number of the next uplink.
    private(set) var nextNumber: UInt64 = 1

    init() {}

    /// Number of unconfirmed uplinks.
    var count: Int { self.records.count - self.head }
    var byteCount: Int { self.head < self.records.count ? self.bytes.count - self.records[self.head].start : 0 }
    /// When the next uplink is to be resent, in nanoseconds; nil if none is left to resend.
    var nextResend: UInt64? { self.unsent < self.records.count ? self.resendAt : nil }
    /// The maximum of `namesUsed` over all unconfirmed uplinks.
    var namesUsed: Int { self.records[self.head...].lazy.map(\.namesUsed).max() ?? 0 }

    /// Starts a new connection: every unconfirmed uplink is to be resent.
    /// - Parameter rate: Messages per second that the relay accepts. Resends use half of it.
    mutating func rewind(rate: UInt64, at now: UInt64) {
        self.pace = 2_000_000_000 / min(max(rate, 1), 1_000_000)
        (self.unsent, self.resendAt) = (self.head, now)
    }

    /// Forgets the uplinks that the relay applied. True if `number` is higher than any confirmed before.
    mutating func confirm(through number: UInt64) -> Bool {
        guard number > self.confirmed else { return false }
        (self.confirmed, self.refusals) = (number, 0)
        self.nextNumber = max(self.nextNumber, number + 1)
        while self.head < self.records.count, self.records[self.head].number <= number { self.head += 1 }
        self.unsent = max(self.unsent, self.head)
        self.compact()
        return true
    }

    /// Lowers `confirmed`, because the relay lost uplinks that it had confirmed. The next uplink's number does not go back.
    mutating func revert(to number: UInt64) { self.confirmed = min(self.confirmed, number) }

    /// Starts over for another seat, whose uplinks are numbered from 1.
    mutating func reset() {
        self.forget()
        (self.confirmed, self.nextNumber) = (0, 1)
    }

    /// Forgets every unconfirmed uplink; their numbers are not reused. Returns how many there were.
    @discardableResult
    mutating func forget() -> Int {
        defer {
            (self.head, self.unsent, self.refusals) = (0, 0, 0)
            self.records.removeAll(keepingCapacity: true)
            self.bytes.removeAll(keepingCapacity: true)
        }
        return self.count
    }

    /// Counts a close of the connection because of a message that the relay could not take, if an uplink may be that message.
    mutating func countRefusal() { if self.unsent > self.head { self.refusals += 1 } }

    /// Whether an unconfirmed uplink must be taken for that message: resent unchanged, it would end every connection.
    var areRefused: Bool { self.refusals >= 2 }

    /// Adds a new uplink as already sent. Allowed only when nothing is left to resend, because uplinks go out in order.
    mutating func append(operationCount: Int, operations: UnsafeRawBufferPointer, namesUsed: Int) {
        precondition(self.unsent == self.records.count, "new uplinks wait until the old ones are resent")
        let start = self.bytes.count
        self.appendVarint(self.nextNumber)
        self.appendVarint(UInt64(operationCount))
        self.bytes.append(contentsOf: operations)
        self.records.append(Record(number: self.nextNumber, start: start, end: self.bytes.count, namesUsed: namesUsed))
        self.nextNumber += 1
        self.unsent = self.records.count
    }

    /// Writes the newest uplink as a message.
    func writeNewest(_ ack: Ack, into writer: inout WireWriter) { self.write(self.records.count - 1, ack, into: &writer) }

    /// Writes the next uplink to be resent as a message, and paces the one after it.
    mutating func writeNextResend(_ ack: Ack, at now: UInt64, into writer: inout WireWriter) {
        self.write(self.unsent, ack, into: &writer)
        self.unsent += 1
        self.resendAt = max(self.resendAt, now) + self.pace
    }

    private func write(_ position: Int, _ ack: Ack, into writer: inout WireWriter) {
        let record = self.records[position]
        writer.u8(ClientMessage.Kind.uplink.rawValue)
        writer.ackFields(ack)
        self.bytes.withUnsafeBytes { writer.raw(UnsafeRawBufferPointer(rebasing: $0[record.start..<record.end])) }
    }

    private mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func compact() {
        if self.head == self.records.count {
            self.forget()
        } else if self.head > 32, self.head * 2 > self.records.count {
            let shift = self.records[self.head].start
            self.bytes.removeFirst(shift)
            self.records.removeFirst(self.head)
            for position in self.records.indices {
                self.records[position].start -= shift
                self.records[position].end -= shift
            }
            (self.unsent, self.head) = (self.unsent - self.head, 0)
        }
    }
}
