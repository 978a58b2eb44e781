/// A tick number of a room: `floor((now − origin) · rate)`. 0 means "none".
public struct Tick: RawRepresentable, Hashable, Comparable, Sendable {
    public var rawValue: UInt64
    /// The absent tick: nothing applied, nothing acknowledged.
    public static let none = Tick(rawValue: 0)
    /// The largest tick the wire carries: 2^53 − 1, because JSON numbers are exact up to there. 1.2 million years at 240 Hz.
    package static let maximum = Tick(rawValue: 1 << 53 - 1)

    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
    @inlinable public static func < (left: Tick, right: Tick) -> Bool { left.rawValue < right.rawValue }
    /// The tick `count` later. Traps on overflow, so never pass it an unchecked count from a peer.
    @inlinable package func advanced(by count: UInt64) -> Tick { Tick(rawValue: self.rawValue + count) }
    /// Ticks since `earlier`; 0 if it is not earlier.
    @inlinable public func since(_ earlier: Tick) -> UInt64 {
        self.rawValue > earlier.rawValue ? self.rawValue - earlier.rawValue : 0
    }
}

/// A place in a room. Players have 1…1023, spectators 1024…2047; 0 is the relay or the room.
public struct SeatNumber: RawRepresentable, Hashable, Comparable, Sendable {
    public var rawValue: UInt16
    /// The relay as a sender, the room as an owner.
    public static let room = SeatNumber(rawValue: 0)
    package static let players: ClosedRange<UInt16> = 1...1023
    package static let spectators: ClosedRange<UInt16> = 1024...2047

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }
    @inlinable public static func < (left: SeatNumber, right: SeatNumber) -> Bool { left.rawValue < right.rawValue }
    /// Whether this is a spectator's number.
    @inlinable public var isSpectator: Bool { self.rawValue >= 1024 }
}

/// Index into a room's name table, 0…1023.
@usableFromInline package struct NameIndex: RawRepresentable, Hashable, Comparable, Sendable {
    @usableFromInline package var rawValue: UInt16
    @inlinable package init(rawValue: UInt16) { self.rawValue = rawValue }
    @inlinable package static func < (left: NameIndex, right: NameIndex) -> Bool { left.rawValue < right.rawValue }
}

/// The identity of one room instance: 128 random bits. A room that is closed and made again gets another one.
@usableFromInline package struct RoomInstance: Hashable, Sendable {
    @usableFromInline package var high: UInt64
    @usableFromInline package var low: UInt64
    @inlinable package init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }
}

/// The kind of a seat: a player takes part, a spectator only watches.
public enum Role: UInt8, Sendable, CaseIterable {
    case player = 0
    case spectator = 1
}

/// The state of a seat as the roster shows it.
public enum SeatState: UInt8, Sendable, CaseIterable {
    case live = 1
    case stalled = 2
    case away = 3
    case left = 4
}

/// The receivers of an event.
public enum Audience: UInt8, Sendable, CaseIterable {
    case all = 0
    case others = 1
    case host = 2
    case seats = 3
}

/// The coding of a frame's state.
@usableFromInline package enum Coding: UInt8, Sendable, CaseIterable {
    /// Numbers as wrapping differences against the room's preceding change.
    case delta = 0
    /// Absolute values of everything that changed since a baseline.
    case merged = 1
    /// The whole state.
    case snapshot = 2
}

/// Why a client asks for a snapshot.
@usableFromInline package enum ResyncReason: UInt8, Sendable, CaseIterable {
    case baseline = 1
    case checksum = 2
    case nonsense = 3
}

/// The room's rule for writes to entities that belong to the room.
public enum RoomWrites: UInt8, Sendable, CaseIterable {
    case anyone = 0
    case host = 1
    case compareAndSet = 2
}

/// The room's rule for the entities of a seat that is gone.
public enum DeparturePolicy: UInt8, Sendable, CaseIterable {
    case remove = 0
    case keep = 1
    case handToHost = 2
}
