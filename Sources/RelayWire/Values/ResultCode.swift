/// The result of an operation. An operation that simply succeeds yields none, except a compare and set.
public enum ResultCode: UInt8, Sendable, CaseIterable {
    case succeeded = 0
    case notOwner = 1
    case tooManyEntities = 2
    case stateFull = 3
    case tooManyNames = 4
    case wrongType = 5
    case outOfRange = 6
    case valueDiffers = 7
    case noSuchEntity = 8
    case spectator = 9
    case noSuchSeat = 10
    case compareAndSetOnly = 11
    case tooManyFields = 12
    /// Too many private deliveries at once: this event was not sent.
    case tooManyDeliveries = 13
    /// There is no room for another ban or invitation, or no seat left to hold.
    case noMoreRoom = 14
    /// A ban would have nothing to go by, or would hit somebody else too.
    case cannotBeBanned = 15
}
