import RelayCore
import RelayWire

/// What the world keeps beside the relay's connections, to check them and to do them harm.
struct ConnectionBook {
    /// The liveness clock, nanoseconds, advanced as a real thread must advance it.
    var liveness: UInt64 = 0
    /// By their names in the room.
    var connections: [ConnectionID: SimulatedConnection] = [:]
    /// The newest connection of each seat, by seat number.
    var seated: [SeatNumber: (generation: UInt64, connection: ConnectionID)] = [:]
    /// Ended connections whose close may be reported once more.
    var oldCloses: [(seat: SeatNumber, generation: UInt64, connection: ConnectionID)] = []
    /// An old close is being reported once more.
    var isRepeating = false
}
