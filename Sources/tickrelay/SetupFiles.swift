import Glibc
import RelayServer

/// Writes what a plan needs. Looks at everything first: where something stands in the way, nothing is written.
struct SetupFiles {
    var plan: SetupPlan
    var group: gid_t?
    var replaces: Bool

    /// The settings come last, for they name the others.
    func write() throws(SetupFailure) -> SetupOutcome {
        let settings = try self.existingSettings()
        let keys = try self.keySets()
        try self.makeDirectory()
        var outcome = SetupOutcome()
        if let keys { outcome.files += try self.writeKeys(keys) }
        if self.plan.hasAdminToken { outcome.files.append(try self.writeToken()) }
        outcome.files.insert(try self.writeSettings(over: settings, &outcome), at: 0)
        return outcome
    }

    /// One that is there keeps its mode.
    private func makeDirectory() throws(SetupFailure) {
        let path = self.plan.directory
        try SafePlace.check(path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" })
        if mkdir(path, 0o755) == 0 {
            guard chmod(path, 0o755) == 0 else { throw .unwritable(path) }  // the umask has no say
        } else if errno != EEXIST {
            throw .unwritable(path)
        }
        try SafePlace.check(path)
    }

    // MARK: Settings

    /// Nil if there is no file.
    private func existingSettings() throws(SetupFailure) -> ExistingSettings? {
        let path = self.plan.settingsFile
        guard SafePlace.exists(path) else { return nil }
        do throws(SettingFile.Problem) {
            let bytes = try SettingFile(path: path).read(atMost: 1 << 20)
            let existing = ExistingSettings(bytes, planned: self.plan.settingsText)
            if existing != .chosen || self.replaces { return existing }
        } catch {
            throw .unusable(path: path, reason: "\(error)")
        }
        throw .settingsThere(path: path)
    }

    private func writeSettings(over existing: ExistingSettings?, _ outcome: inout SetupOutcome) throws(SetupFailure)
        -> SetupOutcome.File
    {
        let path = self.plan.settingsFile
        guard existing != .same else { return .init(path: path, mode: nil, state: .kept, purpose: "the settings") }
        var state = SetupOutcome.File.State.written
        if existing != nil {  // comments are somebody's, too
            outcome.notes.append("The settings of before are \(try self.keepCopy(of: path)).")
            state = .replaced
        }
        try WholeFile(path: path, mode: 0o644).write(Array(self.plan.settingsText.utf8), replaces: existing != nil)
        return .init(path: path, mode: "0644", state: state, purpose: "the settings")
    }

    /// Under the first number that is free.
    private func keepCopy(of path: String) throws(SetupFailure) -> String {
        for number in 1...9999 {
            if link(path, "\(path).\(number)") == 0 { return "\(path).\(number)" }
            guard errno == EEXIST else { throw .unwritable("\(path).\(number)") }
        }
        throw .unwritable(path: path, reason: "there are too many old ones: remove \(path).1 and others")
    }

    // MARK: Keys

    /// Nil where nobody needs a ticket.
    private func keySets() throws(SetupFailure) -> SetupKeySets? {
        guard self.plan.access != .open else { return nil }
        let issuer = try self.keySet(self.plan.issuerFile)
        let relay = try self.keySet(self.plan.relayFile)
        do throws(SetupRefusal) {
            return try SetupKeySets(issuer: issuer, relay: relay)
        } catch {
            throw .unusable(path: self.plan.issuerFile, reason: "\(error)")
        }
    }

    /// Nil if there is no file.
    private func keySet(_ path: String) throws(SetupFailure) -> JWKSet? {
        guard SafePlace.exists(path) else { return nil }
        do throws(TicketKeys.Refused) {
            return try JWKSet(decoding: try TicketKeyFile(path).read())
        } catch {
            throw .unusable(path: path, reason: "\(error)")
        }
    }

    private func writeKeys(_ keys: SetupKeySets) throws(SetupFailure) -> [SetupOutcome.File] {
        var files: [SetupOutcome.File] = []
        if let issuer = keys.issuer {
            let set = keys.makesIssuer ? issuer : nil
            files.append(
                try self.writeKey(
                    set, WholeFile(path: self.plan.issuerFile, mode: 0o600),
                    "signs tickets: for your game's server, not for the relay"))
        }
        let relay = WholeFile(path: self.plan.relayFile, mode: 0o640, group: self.group)
        files.append(try self.writeKey(keys.newRelay, relay, "the public half, for the relay"))
        return files
    }

    /// - Parameter set: Nil to keep what is there.
    private func writeKey(_ set: JWKSet?, _ file: WholeFile, _ purpose: String) throws(SetupFailure) -> SetupOutcome.File {
        guard let set else { return .init(path: file.path, mode: nil, state: .kept, purpose: purpose) }
        return try self.make(file, set.text, purpose)
    }

    private func writeToken() throws(SetupFailure) -> SetupOutcome.File {
        // Without a group of the relay's it is read by who runs it: this user.
        let file = WholeFile(path: self.plan.tokenFile, mode: self.group == nil ? 0o600 : 0o640, group: self.group)
        let purpose = "what operators say to act"
        guard !SafePlace.exists(file.path) else { return .init(path: file.path, mode: nil, state: .kept, purpose: purpose) }
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<64).map { _ in String(Int.random(in: 0..<16, using: &generator), radix: 16) }
        return try self.make(file, digits.joined(), purpose)
    }

    private func make(_ file: WholeFile, _ line: String, _ purpose: String) throws(SetupFailure) -> SetupOutcome.File {
        try file.write(Array((line + "\n").utf8), replaces: false)
        return .init(path: file.path, mode: "0\(String(file.mode, radix: 8))", state: .written, purpose: purpose)
    }
}
