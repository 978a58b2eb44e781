/// How a relay goes live: everything that is written, printed and checked follows from this.
package struct SetupPlan: Sendable, Equatable {
    /// Who encrypts what players send. Paths are absolute.
    package enum Encryption: Sendable, Equatable {
        case certificate(String, key: String)
        /// One on this machine.
        case proxy
        case plain
    }

    /// Who may play.
    package enum Access: Sendable, Equatable {
        case tickets(player: String)
        case open
    }

    /// What the machine decides, not the operator.
    package struct Place: Sendable, Equatable {
        /// Whether the units of the package start the relay, with the settings of this directory.
        package var isPackaged: Bool
        /// The group of the relay, if it can be given files.
        package var group: String?
        /// Who runs the relay where there is no such group; nil for root.
        package var owner: String?

        package init(isPackaged: Bool, group: String?, owner: String? = nil) {
            (self.isPackaged, self.group, self.owner) = (isPackaged, group, owner)
        }
    }

    package let directory: String
    package let host: SetupHost
    package let encryption: Encryption
    package let access: Access
    package let hasAdminToken: Bool
    package let origins: [String]
    package let room: String
    package let place: Place

    /// Nil while a question is open.
    package init?(_ questions: SetupQuestions, place: Place) {
        let answers = questions.answers
        guard let host = answers.host, let encryption = Self.encryption(answers), let access = Self.access(answers),
            let hasAdminToken = answers.wantsAdminToken, let origins = answers.origins, let room = answers.room
        else { return nil }
        (self.directory, self.host, self.encryption, self.access) = (questions.directory, host, encryption, access)
        (self.hasAdminToken, self.origins, self.room, self.place) = (hasAdminToken, origins, room, place)
    }

    private static func encryption(_ answers: SetupAnswers) -> Encryption? {
        switch answers.encryption {
        case nil: return nil
        case .proxy: return .proxy
        case .plain: return .plain
        case .certificate:
            guard let certificate = answers.certificate, let key = answers.key else { return nil }
            return .certificate(certificate, key: key)
        }
    }

    private static func access(_ answers: SetupAnswers) -> Access? {
        switch answers.access {
        case nil: nil
        case .open: .open
        case .tickets: answers.player.map { .tickets(player: $0) }
        }
    }
}

extension SetupPlan {
    package var settingsFile: String { self.file("tickrelay.json") }
    /// Signs tickets. Root's alone: the relay does not need it.
    package var issuerFile: String { self.file("issuer.jwks") }
    /// Its public half.
    package var relayFile: String { self.file("relay.jwks") }
    package var tokenFile: String { self.file("admin-token") }

    private func file(_ name: String) -> String { self.directory == "/" ? "/\(name)" : "\(self.directory)/\(name)" }

    /// Where players connect from outside: the relay's port, or the proxy's.
    package var publicPort: Int {
        switch self.encryption {
        case .certificate: self.place.isPackaged ? 443 : 7443
        case .proxy: 443
        case .plain: Self.plainPort
        }
    }

    /// Of the setting `listen`.
    package static let plainPort = 7777

    /// What players give to `join`.
    package var url: String { self.url("ws") }
    /// Where the SDK is.
    package var webURL: String { self.url("http") }

    private func url(_ scheme: String) -> String {
        let isSecure = self.encryption != .plain
        let isStandard = isSecure && self.publicPort == 443
        return "\(scheme)\(isSecure ? "s" : "")://\(self.host)\(isStandard ? "" : ":\(self.publicPort)")"
    }

    /// Joins the first room, in a page.
    ///
    /// - Parameter ticket: Nil where none is needed, or none could be signed here.
    package func javaScript(ticket: String?) -> String {
        let sdk = SetupText.json("\(self.webURL)/sdk/v1/tickrelay.js")
        let options = ticket.map { ", { ticket: \(SetupText.json($0)) }" } ?? ""
        return "import { join } from \(sdk); "
            + "const room = await join(\(SetupText.json(self.url)), \(SetupText.json(self.room))\(options));"
    }

    /// What a check of settings does not see.
    package var problems: [String] {
        var problems = self.hiddenFiles.map {
            "\($0): systemd hides this directory from the relay: use another one, such as \(self.directory)"
        }
        if self.place.isPackaged, self.host.isIPv6, self.encryption != .proxy {
            problems.append(
                "\(self.host): the package's sockets listen on IPv4 alone: 'systemctl edit' them with ListenStream=[::]:PORT, or name a host that IPv4 leads to"
            )
        }
        return problems
    }

    /// Files that the package's unit hides from the relay, whoever may read them: what a check of ours cannot see.
    package var hiddenFiles: [String] {
        guard self.place.isPackaged, case .certificate(let certificate, let key) = self.encryption else { return [] }
        let hidden = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"]
        return [certificate, key].filter { path in hidden.contains { path.hasPrefix($0 + "/") } }
    }
}

extension SetupPlan.Encryption {
    /// The files; nil where another program encrypts, or nobody.
    package var certificate: String? { if case .certificate(let path, _) = self { path } else { nil } }
    package var key: String? { if case .certificate(_, let path) = self { path } else { nil } }
}
