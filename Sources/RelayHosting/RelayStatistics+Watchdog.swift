extension RelayStatistics {
    /// Who ends the process if it hangs.
    package struct Watchdog: Codable, Sendable, Equatable {
        /// Whether systemd started the process, and wants to hear from it.
        package var supervised: Bool
        /// Whether it then ends a process that hangs.
        package var enabled: Bool
        /// Times that all threads were seen to have moved.
        package var proofs: UInt64
        /// Since the last of them; nil before the first.
        package var sinceProofMicroseconds: UInt64?

        package init(supervised: Bool, enabled: Bool, proofs: UInt64, sinceProofMicroseconds: UInt64?) {
            (self.supervised, self.enabled) = (supervised, enabled)
            (self.proofs, self.sinceProofMicroseconds) = (proofs, sinceProofMicroseconds)
        }
    }
}
