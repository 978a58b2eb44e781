/// Which keys of tickets have to be made, given those that are there. What is there is kept.
///
/// | issuer's | relay's | |
/// |---|---|---|
/// | no | no | both are made |
/// | yes | no | the relay's is made of the issuer's |
/// | yes | yes | kept, if tickets of the one are good for the other |
/// | no | yes | kept: tickets are signed elsewhere |
package struct SetupKeySets: Sendable {
    /// What signs tickets here; nil if they are signed elsewhere.
    package private(set) var issuer: JWKSet?
    /// Whether ``issuer`` is new, and has to be written.
    package let makesIssuer: Bool
    /// The relay's, if it has to be written.
    package private(set) var newRelay: JWKSet?

    /// - Parameters:
    ///   - issuer: What is in the issuer's file; nil if there is none.
    ///   - relay: The same of the relay's.
    package init(issuer: JWKSet?, relay: JWKSet?) throws(SetupRefusal) {
        self.makesIssuer = issuer == nil && relay == nil
        self.issuer = issuer
        if self.makesIssuer {
            var made = JWKSet()
            _ = made.add(.edDSA)
            self.issuer = made
        }
        guard let signing = self.issuer else { return }
        guard let half = signing.publicHalf else { throw SetupRefusal("has a key of HS256, which has no public half for relays") }
        guard let newest = signing.keys.last(where: { $0.d != nil }) else { throw SetupRefusal("has no key that can sign") }
        guard let relay else {
            self.newRelay = half
            return
        }
        let isKnown = relay.keys.contains { $0.kid == newest.kid && $0.x == newest.x }
        guard isKnown else {
            throw SetupRefusal(
                "signs with a key that relay.jwks does not have: write what 'tickrelay keys public' prints of it there")
        }
    }
}
