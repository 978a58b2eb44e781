/// Receives the parts of a frame as they are read. Calls come in the order of SPEC section 5; a throw ends the reading.
///
/// Views and ranges point into the message given to ``WireCursor/frame(_:into:)``.
@usableFromInline package protocol FrameVisitor {
    /// The first call. Return false to leave the sections unread.
    mutating func header(_ header: FrameHeader) throws(WireError) -> Bool
    mutating func name(_ name: Range<Int>, quantum: Double?, at index: NameIndex, _ bytes: Span<UInt8>) throws(WireError)
    mutating func removed(_ entity: EntityID) throws(WireError)
    /// `fieldCount` calls of ``field(_:_:_:)`` follow.
    mutating func replaced(_ entity: EntityID, owner: SeatNumber, fieldCount: Int) throws(WireError)
    /// Calls of ``difference(_:_:)`` in ascending order of names follow, or calls of ``field(_:_:_:)``. A frame that has both
    /// for an entity calls this twice.
    mutating func updated(_ entity: EntityID) throws(WireError)
    mutating func field(_ name: NameIndex, _ value: ValueView, _ bytes: Span<UInt8>) throws(WireError)
    mutating func difference(_ name: NameIndex, _ difference: Int64) throws(WireError)
    mutating func host(_ seat: SeatNumber) throws(WireError)
    mutating func row(_ row: RosterRow) throws(WireError)
    mutating func event(_ head: EventHead, _ value: ValueView, _ bytes: Span<UInt8>) throws(WireError)
    mutating func lost(through tick: Tick) throws(WireError)
    /// `stride` as in ``Welcome/stride``. Return the number of rows that the roster has now: as many calls of
    /// ``heartbeatRow(_:rtt:lastUplink:)`` follow.
    mutating func heartbeat(checksum: UInt32, stride: UInt64) throws(WireError) -> Int
    /// `rtt` in milliseconds, nil if unknown.
    mutating func heartbeatRow(_ position: Int, rtt: UInt64?, lastUplink: UInt64) throws(WireError)
}
