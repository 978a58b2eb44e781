import RelayWire

/// The rates of all faults: times in a million; 0 is never.
///
/// Client faults are drawn once per game tick of each client, relay faults once per slot, admission faults where they apply.
package struct FaultRates: Sendable {
    // A connection, or a client.
    var cleanLoss: UInt64 = 0
    var abortiveLoss: UInt64 = 0
    /// The relay sees the connection end, the client does not.
    var clientUnaware: UInt64 = 0
    /// The client sees the connection end, the relay does not.
    var relayUnaware: UInt64 = 0
    /// The client does nothing for a while.
    var freeze: UInt64 = 0
    var slowReading: UInt64 = 0
    /// Reads nothing more on this connection, but goes on writing.
    var neverReading: UInt64 = 0
    var delaySpike: UInt64 = 0
    var crash: UInt64 = 0
    var leave: UInt64 = 0
    /// The client says that it is hidden, or shown again.
    var hide: UInt64 = 0
    /// The client sends a WebSocket ping.
    var ping: UInt64 = 0
    /// A message that makes no sense reaches the client, so that its replica has to recover.
    var garbledFrame: UInt64 = 0

    // The relay.
    var pause: UInt64 = 0
    var lateSlot: UInt64 = 0
    var repeatedClose: UInt64 = 0
    /// The stride changes.
    var overload: UInt64 = 0

    // Admission.
    var refusedConnect: UInt64 = 0
    var lostWelcome: UInt64 = 0
    /// A second connection rejoins with the token of a client that lost its own.
    var racingRejoin: UInt64 = 0

    static let none = FaultRates()

    /// Swarm testing: each fault is absent from a third of the worlds, and has a rate of its own in the others.
    static func swarm(_ random: inout SplitMix64) -> FaultRates {
        var rates = FaultRates()
        let intensity = random.pick([1, 1, 2, 5] as [UInt64])
        func rate(_ maximum: UInt64) -> UInt64 {
            let drawn = random.below(maximum + 1)
            return random.below(3 as UInt64) == 0 ? 0 : drawn * intensity
        }
        for path in Self.perClient { rates[keyPath: path] = rate(1_800) }
        rates.crash = rate(500)
        rates.leave = rate(500)
        rates.neverReading = rate(600)
        rates.pause = rate(1_500)
        rates.lateSlot = rate(50_000)
        rates.repeatedClose = rate(10_000)
        rates.refusedConnect = rate(100_000)
        rates.lostWelcome = rate(100_000)
        rates.racingRejoin = rate(150_000)
        return rates
    }

    private static let perClient: [WritableKeyPath<FaultRates, UInt64> & Sendable] = [
        \.cleanLoss, \.abortiveLoss, \.clientUnaware, \.relayUnaware, \.freeze, \.slowReading, \.delaySpike, \.garbledFrame,
    ]
}
