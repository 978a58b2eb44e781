/// The kernel's TCP_INFO of a connection, taken for `/stats` and when a seat falls behind or stalls. Microseconds and bytes.
package struct KernelSample: Equatable, Sendable {
    package var rtt: UInt64
    package var minimumRTT: UInt64
    package var retransmits: UInt64
    package var unackedSegments: UInt64
    package var notSentBytes: UInt64
    package var sinceLastAck: UInt64
    package var peerWindow: UInt64
    /// Segments.
    package var congestionWindow: UInt64

    package init(
        rtt: UInt64, minimumRTT: UInt64, retransmits: UInt64, unackedSegments: UInt64, notSentBytes: UInt64,
        sinceLastAck: UInt64, peerWindow: UInt64, congestionWindow: UInt64
    ) {
        (self.rtt, self.minimumRTT, self.retransmits) = (rtt, minimumRTT, retransmits)
        (self.unackedSegments, self.notSentBytes) = (unackedSegments, notSentBytes)
        (self.sinceLastAck, self.peerWindow, self.congestionWindow) = (sinceLastAck, peerWindow, congestionWindow)
    }
}
