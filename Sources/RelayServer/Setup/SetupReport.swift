import FoundationEssentials

/// What came of a plan, for scripts: one JSON object.
package struct SetupReport: Encodable, Sendable {
    /// What is to be typed, by its purpose.
    struct Commands: Encodable {
        var certificate: [String]
        var firewall: [String]
        var start: [String]
        var look: [String]
        var operate: [String]
    }

    let settings: String
    let files: [SetupOutcome.File]
    let ports: [SetupPort]
    /// For `join`.
    let url: String
    /// Of the browser SDK.
    let sdk: String
    let room: String
    /// Null where none is needed, or none could be signed here.
    let ticket: String?
    /// Seconds since 1970.
    let ticketExpires: Int64?
    let javaScript: String
    let commands: Commands
    let problems: [String]
    let notes: [String]

    package init(_ plan: SetupPlan, _ outcome: SetupOutcome) {
        let ports = plan.ports(wantsCertificate: outcome.lacksCertificate)
        (self.settings, self.files, self.ports) = (plan.settingsFile, outcome.files, ports)
        (self.url, self.sdk, self.room) = (plan.url, "\(plan.webURL)/sdk/v1/tickrelay.js", plan.room)
        (self.ticket, self.ticketExpires) = (outcome.ticket?.text, outcome.ticket?.expires)
        self.javaScript = plan.javaScript(ticket: outcome.ticket?.text ?? (plan.access == .open ? nil : "TICKET"))
        self.commands = Commands(
            certificate: outcome.lacksCertificate ? plan.certificateCommands : [], firewall: SetupPlan.firewall(ports),
            start: plan.startCommands, look: plan.lookCommands, operate: plan.operatorCommands)
        (self.problems, self.notes) = (outcome.problems, outcome.notes)
    }

    private enum CodingKeys: CodingKey {
        case settings, files, ports, url, sdk, room, ticket, ticketExpires, javaScript, commands, problems, notes
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.settings, forKey: .settings)
        try container.encode(self.files, forKey: .files)
        try container.encode(self.ports, forKey: .ports)
        try container.encode(self.url, forKey: .url)
        try container.encode(self.sdk, forKey: .sdk)
        try container.encode(self.room, forKey: .room)
        try container.encode(self.ticket, forKey: .ticket)  // null, not absent
        try container.encode(self.ticketExpires, forKey: .ticketExpires)
        try container.encode(self.javaScript, forKey: .javaScript)
        try container.encode(self.commands, forKey: .commands)
        try container.encode(self.problems, forKey: .problems)
        try container.encode(self.notes, forKey: .notes)
    }

    package var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(self) else { preconditionFailure("strings and numbers are JSON") }
        return String(decoding: json, as: UTF8.self)
    }
}
