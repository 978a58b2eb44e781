/// A fault injected into a room's tick, to test the consequences.
package enum TickFault: CaseIterable, Sendable {
    /// The tick never ends, until the watchdog ends the process.
    case hang
    /// The tick breaks a precondition, and the process ends.
    case trap
}
