import RelayCore
import RelayWire

/// What is asked of the room with seats' tokens and without their connections.
struct AskedRequests {
    struct Asked {
        var value: Int64
        /// No seat ever had this generation.
        var isForged: Bool
    }

    /// A generator of its own, so that drawing requests changes nothing else in a world.
    var random: SplitMix64
    var newest: UInt64 = 0
    var waiting: [UInt64: Asked] = [:]
    /// What the card says because of them.
    var mode: Value?

    init(seed: UInt64) { self.random = SplitMix64(seed: seed ^ 0x7265_7175_6573_7473) }
}

extension World {
    private static let field = "mode"
    /// Times in a million slots.
    private static let requestRate: UInt64 = 30_000

    /// Asks for changes of the card: as the present occupant of a seat, as one before, or as nobody.
    func postRequests() {
        guard !self.isSettling, self.requests.random.chance(Self.requestRate) else { return }
        for seat in self.relay.room.seatNumbers where self.requests.random.below(4 as UInt64) == 0 {
            let known = self.book.seated[seat]?.generation ?? 0
            let isForged = self.requests.random.below(4 as UInt64) == 0
            let generation = isForged ? known + 1_000_000 : known - self.requests.random.below(min(known, 1) + 1)
            self.post(seat, generation, isForged: isForged)
        }
    }

    private func post(_ seat: SeatNumber, _ generation: UInt64, isForged: Bool) {
        self.requests.newest += 1
        let (number, value) = (self.requests.newest, Int64(self.requests.newest))
        self.requests.waiting[number] = AskedRequests.Asked(value: value, isForged: isForged)
        guard self.plantedDefect != .requestForgotten else { return }
        var writer = WireWriter(capacity: 64)
        writer.compareAndSet(
            .card, .inline(Self.field), expected: StoredValue(self.requests.mode ?? .null), new: StoredValue(.integer(value)))
        self.relay.give(
            .request(writer.payload, number: number, from: seat, generation: generation, at: Instant(nanoseconds: self.now)))
    }

    /// Compares the answers of a tick with what was asked, and the card with the answers.
    func checkAnswers() {
        for case .answer(let request, let outcome) in self.relay.room.outputs {
            guard let asked = self.requests.waiting.removeValue(forKey: request) else {
                return self.fail("an answer to request \(request), which nobody makes")
            }
            self.network.digest.mix(request)
            guard outcome == .result(.succeeded) else { continue }
            self.require(!asked.isForged, "a forged token was good for request \(request)")
            self.requests.mode = .integer(asked.value)
            self.totals.requests += 1
        }
        self.require(self.requests.waiting.isEmpty, "\(self.requests.waiting.count) requests were not answered")
        self.checkMode()
    }

    private func checkMode() {
        let mode = self.relay.room.value(.card, Self.field)
        self.require(mode == self.requests.mode, "the card says \(mode as Any), the answers \(self.requests.mode as Any)")
    }

    /// Requests that were on their way when the relay died are not answered; what it had committed is there.
    func forgetRequests() {
        self.requests.waiting = [:]
        self.requests.mode = self.relay.room.value(.card, Self.field)
    }
}
