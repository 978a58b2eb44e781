import RelayCore
import RelayWire
import Testing

/// One row: what is known, and why the player lags.
struct LagVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var evidence: LagEvidence
    var expected: LagCause

    /// A seat that has acknowledged nothing for 600 ms, over a network with a round trip of 50 ms, whose kernel has every frame.
    static let frozen: LagEvidence = {
        var evidence = LagEvidence(patience: 500 * ms, maximumAckDelay: 250 * ms, ownDelayBound: 750 * ms)
        evidence.acknowledgementAge = 600 * ms
        evidence.kernel = KernelSample(
            rtt: 50_000, retransmissionTimeout: 250_000, retransmits: 7, unackedSegments: 0,
            undeliveredBytes: 0, notSentBytes: 0, sinceLastAck: 500_000, peerWindow: 65_536, congestionWindow: 10,
            takesBytes: true)
        return evidence
    }()
    static let ms: UInt64 = 1_000_000

    init(_ name: String, _ expected: LagCause, _ change: (inout LagEvidence) -> Void) {
        (self.testDescription, self.expected, self.evidence) = (name, expected, Self.frozen)
        change(&self.evidence)
    }
}

@Suite("Why a player lags")
struct LagCauseTests {
    private static let ms = LagVector.ms

    private static let vectors = [
        LagVector("its kernel has every frame, the client acknowledges none", .clientFrozen) { _ in },
        LagVector("our tick is late by no more than may be", .clientFrozen) { $0.tickLateness = 750 * ms },
        LagVector("our tick is late", .lateTick) { $0.tickLateness = 751 * ms },
        LagVector("our tick is late, whatever else", .lateTick) {
            ($0.tickLateness, $0.isHidden, $0.undeliveredAge, $0.remainderAge) = (751 * ms, true, 600 * ms, 800 * ms)
        },
        LagVector("a part of a frame waits here, and the kernel would take it", .relayBacklog) {
            ($0.remainderAge, $0.undeliveredAge) = (751 * ms, 751 * ms)
        },
        LagVector("it is overdue itself", .relayBacklog) { $0.remainderAge = 501 * ms },
        LagVector("it waits for less long than may be", .clientFrozen) { $0.remainderAge = 500 * ms },
        LagVector("it waits because the kernel takes nothing", .clientFrozen) {
            $0.remainderAge = 751 * ms
            $0.kernel?.takesBytes = false
        },
        LagVector("nobody knows whether the kernel would take it", .unknown) { ($0.remainderAge, $0.kernel) = (751 * ms, nil) },
        LagVector("the client is hidden, and so is what the network does", .hidden) {
            ($0.isHidden, $0.undeliveredAge) = (true, 600 * ms)
        },
        LagVector("the client is hidden, and nobody else can be asked", .hidden) { ($0.isHidden, $0.kernel) = (true, nil) },
        LagVector("its kernel lacks the overdue frame", .network) { $0.undeliveredAge = 600 * ms },
        LagVector("its kernel lacks a newer frame for more than half of our patience", .network) { $0.undeliveredAge = 251 * ms },
        LagVector("its kernel lacks a newer frame for half of our patience", .clientFrozen) { $0.undeliveredAge = 250 * ms },
        LagVector("its kernel lacks a frame that is on its way for a round trip", .clientFrozen) {
            ($0.acknowledgementAge, $0.undeliveredAge) = (600 * ms, 66 * ms)
        },
        LagVector("the overdue frame left us only now", .unknown) {
            ($0.hasOverdueFrame, $0.undeliveredAge) = (false, 250 * ms)
        },
        LagVector("its kernel got the overdue frame late, and the client may still keep it", .network) {
            $0.heldAtMost = 250 * ms
        },
        LagVector("its kernel got the overdue frame late, and the client has kept it for too long", .clientFrozen) {
            $0.heldAtMost = 251 * ms
        },
        LagVector("the way has become so long that the client may still keep it", .network) { $0.kernel?.rtt = 350_000 },
        LagVector("the way has become longer, and the client keeps it for too long", .clientFrozen) { $0.kernel?.rtt = 349_999 },
        LagVector("its kernel had every frame, and has not answered a probe since", .network) {
            $0.acknowledgementAge = 2_000 * ms
            $0.kernel?.sinceLastAck = 1_750_001
        },
        LagVector("a probe may take as long as a frame", .clientFrozen) {
            $0.acknowledgementAge = 2_000 * ms
            $0.kernel?.sinceLastAck = 1_750_000
        },
        LagVector("its kernel was silent while we stood still ourselves", .clientFrozen) { $0.kernel?.sinceLastAck = 9_000_000 },
        LagVector("it sends again and again, but newer frames alone", .clientFrozen) {
            $0.undeliveredAge = 33 * ms
            $0.kernel?.retransmits = 900
            $0.kernel?.unackedSegments = 1
        },
        LagVector("its window is shut, and nothing is on its way", .clientFrozen) {
            $0.undeliveredAge = 600 * ms
            $0.kernel?.notSentBytes = 900
            $0.kernel?.unackedSegments = 0
            $0.kernel?.peerWindow = 300
        },
        LagVector("its window is shut altogether, and answers to probes are rare", .clientFrozen) {
            ($0.undeliveredAge, $0.acknowledgementAge) = (9_000 * ms, 9_000 * ms)
            $0.kernel?.notSentBytes = 900
            $0.kernel?.peerWindow = 0
            $0.kernel?.sinceLastAck = 6_000_000
        },
        LagVector("bytes wait behind others that are on their way", .network) {
            $0.undeliveredAge = 600 * ms
            $0.kernel?.notSentBytes = 900
            $0.kernel?.unackedSegments = 10
        },
        LagVector("there is no kernel to ask", .unknown) { $0.kernel = nil },
    ]

    @Test("The first line of the table that fits", arguments: vectors)
    func judges(_ vector: LagVector) { #expect(LagCause(judging: vector.evidence) == vector.expected) }
}
