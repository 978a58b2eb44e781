/// The kernel's TCP_INFO of a connection, taken for `/stats` and while an acknowledgement is overdue. Microseconds and bytes.
package struct KernelSample: Equatable, Sendable {
    package var rtt: UInt64
    /// How long the kernel waits for an ACK before it sends again for the first time.
    package var retransmissionTimeout: UInt64
    /// Segments sent again since the connection began.
    package var retransmits: UInt64
    package var unackedSegments: UInt64
    /// Handed over, and not acknowledged by the peer's kernel: frames of ours that wait in the relay included.
    package var undeliveredBytes: UInt64
    /// Handed to our kernel and not sent yet.
    package var notSentBytes: UInt64
    /// Time since the peer's kernel acknowledged anything, probes included.
    package var sinceLastAck: UInt64
    package var peerWindow: UInt64
    /// Segments.
    package var congestionWindow: UInt64
    /// Whether our kernel would take bytes now.
    package var takesBytes: Bool

    package init(
        rtt: UInt64, retransmissionTimeout: UInt64, retransmits: UInt64, unackedSegments: UInt64,
        undeliveredBytes: UInt64, notSentBytes: UInt64, sinceLastAck: UInt64, peerWindow: UInt64, congestionWindow: UInt64,
        takesBytes: Bool
    ) {
        (self.rtt, self.retransmits) = (rtt, retransmits)
        (self.retransmissionTimeout, self.unackedSegments) = (retransmissionTimeout, unackedSegments)
        (self.undeliveredBytes, self.notSentBytes, self.sinceLastAck) = (undeliveredBytes, notSentBytes, sinceLastAck)
        (self.peerWindow, self.congestionWindow, self.takesBytes) = (peerWindow, congestionWindow, takesBytes)
    }

    /// Bytes wait, and only the peer's window keeps them: its application does not read.
    package var isWindowShut: Bool { self.notSentBytes > 0 && (self.peerWindow == 0 || self.unackedSegments == 0) }
}
