import RelayCore
import RelayHosting
import RelayJournal
import RelayWire

/// A command from another thread to an arena thread.
package enum ArenaCommand: Sendable {
    case admit(Admission)
    case report(Answer<ThreadReport>, StatisticsDetail)
    case journalMade(RoomRoute, Result<JournalKeeper.Handover, SystemFailure>)
    case summarize(Answer<RelaySummary>)
    /// Finds occupants in one of the rooms, or in all, which never answers nil; kicks them if wanted.
    case findOccupants(Answer<[SeatOccupant]>, OccupantQuery, RoomInstance, andKick: Bool)
    case findAllOccupants(Answer<[SeatOccupant]?>, OccupantQuery, andKick: Bool)
    /// Keeps a seat for a newcomer. Answers false if the room would not take it.
    case hold(Answer<Bool>, RoomInstance, Role, Introduction)
    /// Has a room carry out what a seat's occupant asks for.
    case perform(Answer<RequestOutcome>, SeatRequest)
    /// A password that a room's host had set is hashed, or nil if it could not be.
    case passwordHashed(RoomInstance, job: UInt64, PasswordHash?)
    /// Makes a room in which nobody is. Answers false if descriptors have run out.
    case open(Answer<Bool>, RoomRoute)
    /// Answers nil if the room has ended.
    case close(Answer<ClosedRoom?>, RoomInstance)
    case drain
    /// Hangs the thread for ever, to test the watchdog.
    case hang
    /// Breaks an invariant of a room, to test the audit.
    case miscount
    /// Makes a room's next tick hang or trap.
    case fail(RoomInstance, TickFault)
}
