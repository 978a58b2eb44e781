import Synchronization

/// The places that one address has.
final class AddressPlaces: Sendable {
    private let handshakes = Atomic<Int>(0)
    private let connections = Atomic<Int>(0)
    private let rooms = Atomic<Int>(0)

    var isIdle: Bool { AddressHold.Kind.allCases.allSatisfy { self.count(of: $0) == 0 } }

    func count(of kind: AddressHold.Kind) -> Int {
        switch kind {
        case .handshake: self.handshakes.load(ordering: .relaxed)
        case .connection: self.connections.load(ordering: .relaxed)
        case .room: self.rooms.load(ordering: .relaxed)
        }
    }

    func add(_ count: Int, _ kind: AddressHold.Kind) {
        switch kind {
        case .handshake: self.handshakes.add(count, ordering: .relaxed)
        case .connection: self.connections.add(count, ordering: .relaxed)
        case .room: self.rooms.add(count, ordering: .relaxed)
        }
    }
}
