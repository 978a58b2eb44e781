import NIOCore
import Synchronization

/// The connections in the middle of a handshake, at all front doors of a relay. Callable on any event loop.
///
/// A handshake begins when a connection is accepted and ends when its channel closes: handed over, refused or gone. Over the bound one is
/// evicted for the newcomer, whichever door it is at, in this order:
///
/// 1. the oldest that is no guest: an honest handshake takes two round trips, so this is a silent or very slow one;
/// 2. the oldest guest. Guests (``HeartbeatGuests``) are old because they stay, and have shown that somebody is there.
package final class PendingHandshakes: Sendable {
    fileprivate struct Entry {
        var handshake: NIOLoopBound<Handshake>
        var isGuest = false
    }

    fileprivate struct State {
        var maximum: Int
        var entries: [UInt64: Entry] = [:]
        /// Numbers of those that are no guests, and of guests, oldest first; with finished ones among them until they are dropped.
        var order = CircularBuffer<UInt64>()
        var guests = CircularBuffer<UInt64>()
        var nextNumber: UInt64 = 0
    }

    private let state: Mutex<State>

    package init(maximum: Int) { self.state = Mutex(State(maximum: maximum)) }

    /// For newcomers from now on. Handshakes in all.
    package func adopt(maximum: Int) { self.state.withLock { $0.maximum = maximum } }

    /// Unfinished handshakes.
    package var count: Int { self.state.withLock { $0.entries.count } }

    /// Channels of unfinished handshakes on an event loop, in no order that matters.
    func channels(on loop: any EventLoop) -> [any Channel] {
        let bound = self.state.withLock { $0.entries.values.map(\.handshake) }
        return bound.filter { $0.eventLoop === loop }.map(\.value.channel)
    }

    /// Enters a newcomer until its channel closes. On its event loop.
    ///
    /// - Parameters:
    ///   - places: Handshakes that the descriptors allow at a time, this one included; the total bound holds besides.
    ///   - evict: Called for each handshake that is evicted, on its event loop; for those of this one before the return.
    func begin(_ handshake: Handshake, places: Int, evict: @escaping @Sendable (Handshake) -> Void) {
        let bound = NIOLoopBound(handshake, eventLoop: handshake.channel.eventLoop)
        let (number, victims) = self.state.withLock { state in
            let victims = state.makeRoom(for: places)
            return (state.enter(bound), victims)
        }
        handshake.entered(self, as: number)
        handshake.channel.closeFuture.whenComplete { _ in bound.value.leave() }
        for victim in victims { Self.evict(victim, evict) }
    }

    private static func evict(_ victim: NIOLoopBound<Handshake>, _ evict: @escaping @Sendable (Handshake) -> Void) {
        guard victim.eventLoop.inEventLoop else { return victim.eventLoop.execute { Self.evict(victim, evict) } }
        // It may have ended by itself on the way to its loop.
        guard !victim.value.isOver else { return }
        victim.value.leave()
        evict(victim.value)
    }

    /// From now on it makes way last.
    func becomesGuest(_ number: UInt64) { self.state.withLock { $0.entries[number]?.isGuest = true } }

    func end(_ number: UInt64) { self.state.withLock { _ = $0.entries.removeValue(forKey: number) } }
}

extension PendingHandshakes.State {
    fileprivate mutating func enter(_ handshake: NIOLoopBound<Handshake>) -> UInt64 {
        self.dropFinished()
        let number = self.nextNumber
        self.nextNumber += 1
        self.entries[number] = PendingHandshakes.Entry(handshake: handshake)
        self.order.append(number)
        return number
    }

    /// Takes out who makes way for one more.
    fileprivate mutating func makeRoom(for places: Int) -> [NIOLoopBound<Handshake>] {
        var victims: [NIOLoopBound<Handshake>] = []
        while self.entries.count >= max(1, min(self.maximum, places)), let victim = self.removeVictim() { victims.append(victim) }
        return victims
    }

    private mutating func removeVictim() -> NIOLoopBound<Handshake>? {
        while let number = self.order.popFirst() {
            guard let entry = self.entries[number] else { continue }
            if entry.isGuest {
                self.guests.append(number)
            } else {
                return self.entries.removeValue(forKey: number)?.handshake
            }
        }
        while let number = self.guests.popFirst() {
            if let entry = self.entries.removeValue(forKey: number) { return entry.handshake }
        }
        return nil
    }

    /// Keeps the lists short: most handshakes end soon, and the finished ones in a list are never more than the unfinished ones and 64.
    private mutating func dropFinished() {
        while let first = self.order.first, self.entries[first] == nil { self.order.removeFirst() }
        guard self.order.count + self.guests.count > 2 * self.entries.count + 64 else { return }
        self.order = CircularBuffer(self.order.filter { self.entries[$0] != nil })
        self.guests = CircularBuffer(self.guests.filter { self.entries[$0] != nil })
    }
}
