import RelayCore

/// Identifies an event by client and sequence number; carried in the event's value.
struct EventIdentity: Equatable {
    /// The session, from 1.
    var author: Int
    /// From 1; public and private events are counted separately.
    var sequence: UInt64

    /// The identity as a value. `padding`: bytes added to fill the room's event log sooner.
    func value(padding: Int) -> Value {
        let word = UInt64(self.author) << 32 | self.sequence
        guard padding > 0 else { return .integer(Int64(bitPattern: word)) }
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
        bytes.append(contentsOf: repeatElement(0x55, count: padding))
        return .bytes(bytes)
    }

    init(author: Int, sequence: UInt64) { (self.author, self.sequence) = (author, sequence) }

    /// Nil if no honest client can have written the value.
    init?(_ value: Value) {
        let word: UInt64
        switch value {
        case .integer(let number): word = UInt64(bitPattern: number)
        case .bytes(let bytes) where bytes.count > 8:
            word = bytes[..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        case .null, .bool, .float, .quantised, .string, .bytes: return nil
        }
        guard word >> 32 > 0, word >> 32 < 1 << 24 else { return nil }
        self.init(author: Int(word >> 32), sequence: word & 0xFFFF_FFFF)
    }
}
