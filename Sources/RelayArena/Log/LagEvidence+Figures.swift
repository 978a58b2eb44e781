import Logging
import RelayCore

extension LagEvidence {
    /// What a verdict was judged by, for its line in the log. Milliseconds, bytes and segments.
    var figures: Logger.Metadata {
        var figures: Logger.Metadata = [:]
        if self.tickLateness > self.ownDelayBound { figures["late_ms"] = Self.milliseconds(self.tickLateness) }
        if let age = self.remainderAge { figures["remainder_ms"] = Self.milliseconds(age) }
        if let age = self.undeliveredAge { figures["undelivered_ms"] = Self.milliseconds(age) }
        if let time = self.heldAtMost { figures["held_at_most_ms"] = Self.milliseconds(time) }
        guard let kernel = self.kernel else { return figures }
        figures["kernel_rtt_ms"] = Self.milliseconds(1000 * kernel.rtt)
        figures["rto_ms"] = Self.milliseconds(1000 * kernel.retransmissionTimeout)
        figures["last_ack_ms"] = Self.milliseconds(1000 * kernel.sinceLastAck)
        figures["retransmits"] = "\(kernel.retransmits)"
        figures["undelivered_bytes"] = "\(kernel.undeliveredBytes)"
        figures["not_sent_bytes"] = "\(kernel.notSentBytes)"
        figures["unacked_segments"] = "\(kernel.unackedSegments)"
        figures["peer_window"] = "\(kernel.peerWindow)"
        return figures
    }

    private static func milliseconds(_ nanoseconds: UInt64) -> Logger.MetadataValue { "\(nanoseconds / 1_000_000)" }
}
