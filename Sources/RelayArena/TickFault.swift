import Glibc

/// What a room's tick can be made to do, for those who try what comes of it.
public enum TickFault: CaseIterable, Sendable {
    /// It never ends: what the watchdog is there for.
    case hang
    /// It breaks a precondition, and the process ends.
    case trap

    func strike() -> Never {
        switch self {
        case .hang: while true { pause() }
        case .trap: preconditionFailure("a tick that was asked to trap")
        }
    }
}
