import RelayClient

/// Frames and bytes, summed over players.
package struct FrameCounts: Encodable, Sendable, Equatable {
    /// Frames, those that could not be applied included.
    package var received: UInt64 = 0
    /// Payload bytes of all messages.
    package var bytes: UInt64 = 0
    package var merged: UInt64 = 0
    package var snapshots: UInt64 = 0
    /// Heartbeats at which a replica differed from the relay.
    var divergences: UInt64 = 0
    /// Frames that could not be applied.
    var ignored: UInt64 = 0

    private enum CodingKeys: CodingKey { case received, bytes, merged, snapshots }

    package init() {}

    mutating func add(_ statistics: SessionStatistics) {
        self.received += statistics.framesApplied + statistics.framesIgnored
        self.bytes += statistics.bytesReceived
        self.merged += statistics.merged
        self.snapshots += statistics.snapshots
        self.divergences += statistics.divergences
        self.ignored += statistics.framesIgnored
    }

    func since(_ earlier: FrameCounts) -> FrameCounts {
        var result = self
        result.received -= earlier.received
        result.bytes -= earlier.bytes
        result.merged -= earlier.merged
        result.snapshots -= earlier.snapshots
        return result
    }
}
