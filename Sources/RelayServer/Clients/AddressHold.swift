/// A place that an address takes. Given back with the last reference, on any thread, without a lock: a tick thread never waits for a
/// front door that a flood keeps busy.
package final class AddressHold: Sendable {
    /// What it is a place for.
    package enum Kind: Int, Sendable, CaseIterable {
        case handshake, connection, room
    }

    private let places: AddressPlaces
    private let kind: Kind

    /// Takes over a place that is counted already.
    init(_ kind: Kind, in places: AddressPlaces) { (self.kind, self.places) = (kind, places) }

    deinit { self.places.add(-1, self.kind) }
}
