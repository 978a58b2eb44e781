extension RelayStatistics {
    /// The listener that encrypts.
    package struct TLS: Codable, Sendable, Equatable {
        /// When the certificate in use ends: seconds since 1970.
        package var certificateNotAfterSeconds: Int
        /// Times that a reload has brought another one.
        package var certificatesReplaced: UInt64
        /// Handshakes, finished or not.
        package var handshakesBegun: UInt64

        package init(certificateNotAfterSeconds: Int, certificatesReplaced: UInt64, handshakesBegun: UInt64) {
            self.certificateNotAfterSeconds = certificateNotAfterSeconds
            (self.certificatesReplaced, self.handshakesBegun) = (certificatesReplaced, handshakesBegun)
        }
    }
}
