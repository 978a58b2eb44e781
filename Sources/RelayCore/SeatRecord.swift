/// What the journal has of a seat. A seat that differs from this is written again: nothing has to remember to say that it
/// changed.
struct SeatRecord {
    var generation: UInt64 = 0
    var confirmedGeneration: UInt64 = 0
    var state = SeatState.left
    var everAcknowledged = false
    var cause = LagCause.unknown
    var joined = Tick.none
    var rowChanged = Tick.none
    var acknowledgedEver = Tick.none
    var lastUplink: UInt64 = 0
    var newestPrivate = Tick.none
    var privateForgottenThrough = Tick.none
    var results = 0
}

/// The parts of a seat that change together, each written whole.
struct SeatParts: OptionSet {
    var rawValue: UInt8
    /// Who sits there, and how.
    static let standing = SeatParts(rawValue: 1)
    /// Newest tick acknowledged.
    static let acknowledged = SeatParts(rawValue: 2)
    /// Newest uplink number.
    static let uplink = SeatParts(rawValue: 4)
    /// Results, and ticks of private items.
    static let own = SeatParts(rawValue: 8)
    static let all: SeatParts = [.standing, .acknowledged, .uplink, .own]
}

extension Seat {
    /// What differs from the journal after `tick`.
    func unrecorded(at tick: Tick) -> SeatParts {
        var parts: SeatParts = []
        let record = self.recorded
        if record.generation != self.generation || record.confirmedGeneration != self.confirmedGeneration
            || record.rowChanged != self.rowChanged || record.state != self.state || record.joined != self.joined
            || record.cause != self.cause || record.everAcknowledged != self.everAcknowledged
        {
            parts.insert(.standing)
        }
        if record.acknowledgedEver != self.acknowledgedEver { parts.insert(.acknowledged) }
        if record.lastUplink != self.lastUplink { parts.insert(.uplink) }
        if record.newestPrivate != self.newestPrivate || record.privateForgottenThrough != self.privateForgottenThrough
            || record.results != self.results.count || self.results.last?.tick == tick
        {
            parts.insert(.own)
        }
        return parts
    }

    /// The journal has this seat as it is.
    func noteRecorded() {
        self.recorded = SeatRecord(
            generation: self.generation, confirmedGeneration: self.confirmedGeneration, state: self.state,
            everAcknowledged: self.everAcknowledged, cause: self.cause, joined: self.joined, rowChanged: self.rowChanged,
            acknowledgedEver: self.acknowledgedEver, lastUplink: self.lastUplink, newestPrivate: self.newestPrivate,
            privateForgottenThrough: self.privateForgottenThrough, results: self.results.count
        )
    }
}
