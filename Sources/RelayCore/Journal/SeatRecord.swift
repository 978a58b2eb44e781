/// The state of a seat as last journaled. A seat that differs from it is written again, so no code has to mark a seat as
/// changed.
package struct SeatRecord {
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
    var hasIdentity = false
}

/// The parts of a seat that change together, each written whole.
struct SeatParts: OptionSet {
    var rawValue: UInt8
    /// State, cause, generations, and the ticks of the join and of the last row change.
    static let standing = SeatParts(rawValue: 1)
    /// Newest tick acknowledged.
    static let acknowledged = SeatParts(rawValue: 2)
    /// Newest uplink number.
    static let uplink = SeatParts(rawValue: 4)
    /// Results, and ticks of private items.
    static let own = SeatParts(rawValue: 8)
    static let all: SeatParts = [.standing, .acknowledged, .uplink, .own]
    /// What the occupant's ticket said. Changes only with the occupant.
    static let identity = SeatParts(rawValue: 16)
    static let known: SeatParts = [.all, .identity]
}

extension Seat {
    /// The parts that differ from the journal after `tick`.
    func unrecorded(at tick: Tick) -> SeatParts {
        var parts: SeatParts = []
        if self.recorded.generation != self.generation || self.recorded.confirmedGeneration != self.confirmedGeneration
            || self.recorded.rowChanged != self.rowChanged || self.recorded.state != self.state
            || self.recorded.joined != self.joined || self.recorded.cause != self.cause
            || self.recorded.everAcknowledged != self.everAcknowledged
        {
            parts.insert(.standing)
        }
        if self.recorded.joined != self.joined, self.identity != nil || self.recorded.hasIdentity { parts.insert(.identity) }
        if self.recorded.acknowledgedEver != self.sending.acknowledged { parts.insert(.acknowledged) }
        if self.recorded.lastUplink != self.lastUplink { parts.insert(.uplink) }
        if self.recorded.newestPrivate != self.newestPrivate || self.recorded.results != self.results.count
            || self.recorded.privateForgottenThrough != self.privateForgottenThrough || self.newestPrivate == tick
        {
            parts.insert(.own)
        }
        return parts
    }

    /// The parts of a seat that is written whole.
    var wholeParts: SeatParts { self.identity == nil ? .all : .known }

    /// Records that the journal now has these parts as they are.
    func markRecorded(_ parts: SeatParts = .known) {
        if parts.contains(.standing) {
            (self.recorded.generation, self.recorded.confirmedGeneration) = (self.generation, self.confirmedGeneration)
            (self.recorded.state, self.recorded.everAcknowledged) = (self.state, self.everAcknowledged)
            (self.recorded.cause, self.recorded.joined) = (self.cause, self.joined)
            self.recorded.rowChanged = self.rowChanged
        }
        if parts.contains(.identity) { self.recorded.hasIdentity = self.identity != nil }
        if parts.contains(.acknowledged) { self.recorded.acknowledgedEver = self.sending.acknowledged }
        if parts.contains(.uplink) { self.recorded.lastUplink = self.lastUplink }
        if parts.contains(.own) {
            (self.recorded.newestPrivate, self.recorded.results) = (self.newestPrivate, self.results.count)
            self.recorded.privateForgottenThrough = self.privateForgottenThrough
        }
    }
}
