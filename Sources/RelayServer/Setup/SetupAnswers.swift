import RelayWire

/// What is known already; nil for what is not.
package struct SetupAnswers: Sendable, Equatable {
    /// Who encrypts what players send.
    package enum Encryption: String, CaseIterable, Sendable {
        case certificate, proxy, plain
    }

    /// Who may play.
    package enum Access: String, CaseIterable, Sendable {
        case tickets, open
    }

    package var host: SetupHost?
    package var encryption: Encryption?
    /// Absolute paths.
    package var certificate: String?
    package var key: String?
    package var access: Access?
    package var wantsAdminToken: Bool?
    /// Of web pages: `https://game.example`, or `*`.
    package var origins: [String]?
    package var room: String?
    package var player: String?

    package init() {}

    /// Takes an answer over, or says what is wrong with it.
    mutating func take(_ text: String, for question: SetupQuestion) throws(SetupRefusal) {
        switch question {
        case .host: self.host = try SetupHost(text)
        case .encryption: self.encryption = try Self.word(text)
        case .certificate: self.certificate = try SetupText.path(text)
        case .key: self.key = try SetupText.path(text)
        case .access: self.access = try Self.word(text)
        case .adminToken: self.wantsAdminToken = try Self.isYes(text)
        case .origin: self.origins = try Self.origins(text)
        case .room: self.room = try Self.room(text)
        case .player: self.player = try Self.player(text)
        }
    }

    func has(_ question: SetupQuestion) -> Bool {
        switch question {
        case .host: self.host != nil
        case .encryption: self.encryption != nil
        case .certificate: self.certificate != nil
        case .key: self.key != nil
        case .access: self.access != nil
        case .adminToken: self.wantsAdminToken != nil
        case .origin: self.origins != nil
        case .room: self.room != nil
        case .player: self.player != nil
        }
    }

    private static func word<Word: CaseIterable & RawRepresentable<String>>(_ text: String) throws(SetupRefusal) -> Word {
        if let word = Word(rawValue: text.lowercased()) { return word }
        throw SetupRefusal("it is one of " + Word.allCases.map(\.rawValue).joined(separator: ", "))
    }

    private static func isYes(_ text: String) throws(SetupRefusal) -> Bool {
        switch text.lowercased() {
        case "yes", "y": true
        case "no", "n": false
        default: throw SetupRefusal("it is yes or no")
        }
    }

    private static func origins(_ text: String) throws(SetupRefusal) -> [String] {
        guard text.lowercased() != "none" else { return [] }
        let entries = text.split(separator: ",").map { $0.filter { $0 != " " } }
        for entry in entries where entry != "*" {
            let isWeb = entry.hasPrefix("https://") || entry.hasPrefix("http://")
            guard isWeb, AllowedOrigins.isWellFormed(entry) else {
                throw SetupRefusal("a page's origin is https://HOST without a path; several are separated by commas")
            }
        }
        guard !entries.isEmpty else { throw SetupRefusal("it is an origin like https://game.example, or none") }
        return entries
    }

    /// Tickets take a name with a `*` at its end for many rooms.
    private static func room(_ text: String) throws(SetupRefusal) -> String {
        guard PlayerIdentity.isText(text, count: WireLimits.nameBytes), !text.hasSuffix("*") else {
            throw SetupRefusal("a room's name has 1 to 64 bytes, no control characters, and here no * at its end")
        }
        return text
    }

    private static func player(_ text: String) throws(SetupRefusal) -> String {
        guard PlayerIdentity.isText(text, count: PlayerIdentity.playerBytes) else {
            throw SetupRefusal("a player's id has 1 to 64 bytes, and no control characters")
        }
        return text
    }
}
