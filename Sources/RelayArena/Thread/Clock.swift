import CRelayLinux
import RelayCore

/// The arena's only way to know the time.
enum Clock {
    static func monotonic() -> Instant { Instant(nanoseconds: UInt64(crelay_monotonic_ns())) }
    static func realtime() -> Int64 { crelay_realtime_ns() }
}
