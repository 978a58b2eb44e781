/// The settings of the encrypted listener.
package struct TLSSettings: Sendable, Equatable {
    package var listen: Endpoint
    package var pair: IdentityPair
    /// Event loops that encrypt.
    package var threads: Int
}
