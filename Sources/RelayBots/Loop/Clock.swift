import CRelayLinux

/// The loop's only way to know the time: nanoseconds of the monotonic clock.
package enum Clock {
    static func now() -> UInt64 { UInt64(crelay_monotonic_ns()) }

    /// Both clocks as of one moment: monotonic and realtime.
    package static func both() -> (now: UInt64, realtime: Int64) {
        var (monotonic, realtime) = (Int64(0), Int64(0))
        crelay_read_clocks(&monotonic, &realtime)
        return (UInt64(monotonic), realtime)
    }

    /// Turns a kernel's stamp into an arrival.
    ///
    /// - Parameters:
    ///   - stamp: Nanoseconds, realtime clock; 0 if there is none.
    ///   - clocks: Of ``both()``, after the read.
    ///   - lastRead: When the socket was last read: what is read now arrived after that.
    /// - Returns: When the last byte arrived, or nil if the stamp is absent or cannot be true.
    package static func arrival(stamp: Int64, _ clocks: (now: UInt64, realtime: Int64), lastRead: UInt64) -> UInt64? {
        guard stamp > 0, stamp <= clocks.realtime else { return nil }
        let age = UInt64(clocks.realtime - stamp)
        guard age <= clocks.now - min(clocks.now, lastRead) else { return nil }
        return clocks.now - age
    }
}

/// Durations in nanoseconds.
extension UInt64 {
    package static func milliseconds(_ count: UInt64) -> UInt64 { count * 1_000_000 }
    package static func seconds(_ count: UInt64) -> UInt64 { count * 1_000_000_000 }
}
