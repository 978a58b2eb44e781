import RelayWire

// The words of the JSON form for what the binary form numbers.

extension SeatState {
    package var jsonName: String {
        switch self {
        case .live: "live"
        case .stalled: "stalled"
        case .away: "away"
        case .left: "left"
        }
    }
}

extension Audience {
    package var jsonName: String {
        switch self {
        case .all: "all"
        case .others: "others"
        case .host: "host"
        case .seats: "seats"
        }
    }
}

extension RoomWrites {
    package var jsonName: String {
        switch self {
        case .anyone: "anyone"
        case .host: "host"
        case .compareAndSet: "compareAndSet"
        }
    }
}

extension DeparturePolicy {
    package var jsonName: String {
        switch self {
        case .remove: "remove"
        case .keep: "keep"
        case .handToHost: "handToHost"
        }
    }
}

extension ResultCode {
    package var jsonName: String {
        switch self {
        case .succeeded: "succeeded"
        case .notOwner: "notOwner"
        case .tooManyEntities: "tooManyEntities"
        case .stateFull: "stateFull"
        case .tooManyNames: "tooManyNames"
        case .wrongType: "wrongType"
        case .outOfRange: "outOfRange"
        case .valueDiffers: "valueDiffers"
        case .noSuchEntity: "noSuchEntity"
        case .spectator: "spectator"
        case .noSuchSeat: "noSuchSeat"
        case .compareAndSetOnly: "compareAndSetOnly"
        case .tooManyFields: "tooManyFields"
        case .tooManyDeliveries: "tooManyDeliveries"
        case .noMoreRoom: "noMoreRoom"
        case .cannotBeBanned: "cannotBeBanned"
        }
    }
}
