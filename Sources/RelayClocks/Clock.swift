import CRelayLinux
import RelayWire

/// The machine's clocks. Whoever runs rooms or players reads them, and hands the time on to what has none.
package enum Clock {
    package static func monotonic() -> Instant { Instant(nanoseconds: UInt64(crelay_monotonic_ns())) }
}
