/// The reason why a message was refused. Carries integers only, so that throwing one allocates nothing.
@usableFromInline package enum WireError: Error, Equatable, Sendable {
    case empty
    /// The message ends inside a field.
    case truncated(needed: Int, available: Int)
    case trailingBytes(Int)
    case unknownKind(UInt8)
    case unsupportedVersion(UInt64)
    /// A `varint` with a superfluous last byte, or beyond 64 bits.
    case badVarint
    case badUTF8
    /// NaN or an infinity.
    case notFinite
    case unknownValueTag(UInt8)
    /// The value of a number, length or count is outside the range of its field.
    case outOfRange(Field, UInt64)
    case reservedBits(UInt8)

    /// Fields whose ranges are checked.
    @usableFromInline package enum Field: UInt8, Sendable {
        case room, role, token, tick, ackDelay, uplinkNumber, operationCount, operation, entity, fieldCount, nameIndex, name
        case audience, seatCount, seat, state, cause, reason, quantum, rate, generation, epoch, coding, age, count, code
        case duration, mask, difference, stride, roomWrites, onLeave, hidden, ticket, player, lobby, card, password, invitation,
            held
    }

    /// The close code that answers this error.
    package var closeCode: CloseCode {
        switch self {
        case .unknownKind: .unknownKind
        case .unsupportedVersion: .unsupportedVersion
        case .empty, .truncated, .trailingBytes, .badVarint, .badUTF8, .notFinite, .unknownValueTag, .outOfRange, .reservedBits:
            .malformed
        }
    }
}
