import RelayWire

/// The words of the setting `access`.
private enum AccessWord: CaseIterable {
    case open, tickets
}

extension SettingReader {
    /// Who gets a seat, from `access` and the settings of tickets.
    ///
    /// - Parameter keys: What is in the file that `ticketKeys` names; nil if it names none.
    mutating func access(_ keys: Result<TicketKeys, TicketKeys.Refused>?) -> AccessPolicy {
        let word: AccessWord = self.choice(.access, default: .open)
        let skew = self.duration(.ticketSkew, 0...3_600_000, default: 30_000)
        let (issuer, audience) = (self.name(.ticketIssuer), self.name(.ticketAudience))
        switch (keys, word) {
        case (.failure(let refused), _): self.report(.ticketKeys, self.text(of: .ticketKeys) ?? "", "\(refused)")
        case (.success(let keys), .tickets):
            return .tickets(TicketPolicy(keys: keys, issuer: issuer, audience: audience, skew: skew / 1000))
        case (nil, .tickets):
            self.report(.access, "tickets", "needs ticketKeys, a file with a JWK set: 'tickrelay keys add FILE' makes one")
        case (.success, .open), (nil, .open): break
        }
        return .open
    }

    /// A text that is not empty; nil if it is not set.
    private mutating func name(_ key: ConfigurationKey) -> String? {
        guard let text = self.text(of: key) else { return nil }
        if !text.isEmpty { return text }
        self.report(key, text, "must not be empty")
        return nil
    }
}
