import CRelayLinux

/// The loop's only way to know the time: nanoseconds of the monotonic clock.
enum Clock {
    static func now() -> UInt64 { UInt64(crelay_monotonic_ns()) }

    /// Both clocks, read together, to turn a kernel's stamp into an arrival.
    ///
    /// - Parameters:
    ///   - stamp: Nanoseconds, realtime clock; 0 if there is none.
    ///   - lastRead: When the socket was last read: what is read now arrived after that.
    /// - Returns: When the last byte arrived, or nil if the stamp is absent, cannot be true, or is older than `oldest`
    ///   nanoseconds: who has not read for so long was frozen, and a frozen client's clock starts when it reads.
    static func arrival(stamp: Int64, at now: UInt64, lastRead: UInt64, oldest: UInt64) -> UInt64? {
        guard stamp != 0 else { return nil }
        let age = crelay_realtime_ns() - stamp
        guard age >= 0, UInt64(age) <= min(oldest, now - min(now, lastRead)) else { return nil }
        return now - UInt64(age)
    }
}

/// Durations in nanoseconds.
extension UInt64 {
    static func milliseconds(_ count: UInt64) -> UInt64 { count * 1_000_000 }
    static func seconds(_ count: UInt64) -> UInt64 { count * 1_000_000_000 }
}
