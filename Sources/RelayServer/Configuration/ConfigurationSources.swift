import Configuration
import FoundationEssentials
import Glibc

/// The sources of settings: the command line wins over the environment, the environment over the file.
package struct ConfigurationSources: Sendable {
    /// The prefix of our environment variables. An unknown variable that has it is an error.
    package static let environmentPrefix = "TICKRELAY_"

    /// Pairs of key and value; the last one of a key wins.
    package var commandLine: [(key: String, value: String)]
    /// The whole environment.
    package var environment: [String: String]
    /// A JSON file, which may have `//` comments and a trailing comma: its path for messages, and its bytes.
    package var file: (path: String, bytes: [UInt8])?
    /// Problems met while the above was collected: a file that cannot be read, an argument without `=`.
    package var problems: [InvalidConfiguration.Problem] = []
    /// What is in the file that ``ConfigurationKey/ticketKeys`` names: ``readTicketKeys()``.
    package var ticketKeys: Result<TicketKeys, TicketKeys.Refused>?
    /// Listeners that are open already; which `listen` and `tlsListen` say nothing about.
    package var inherited = InheritedListeners()
    /// What the relay runs with already, for a reload; nil for a start.
    package var running: RunningSettings?
    /// Seconds since 1970.
    package var now = time(nil)

    package init(
        commandLine: [(key: String, value: String)] = [], environment: [String: String] = [:],
        file: (path: String, bytes: [UInt8])? = nil
    ) {
        (self.commandLine, self.environment, self.file) = (commandLine, environment, file)
    }

    /// systemd's directory of credentials, if there is one.
    var credentialsDirectory: String? { self.environment["CREDENTIALS_DIRECTORY"] }

    /// Reads the file that ``ConfigurationKey/ticketKeys`` names, if it names one.
    package mutating func readTicketKeys() async {
        guard let text = self.draft().values[.ticketKeys] else { return }
        self.ticketKeys = await Self.ticketKeys(text, credentials: self.credentialsDirectory)
    }

    private static func ticketKeys(
        _ text: String, credentials: String?
    ) async -> Result<TicketKeys, TicketKeys.Refused> {
        let file: SettingFile
        do throws(SettingFile.Problem) {
            file = try SettingFile(setting: text, credentials: credentials)
        } catch {
            return .failure(.init(error.description))
        }
        do throws(TicketKeys.Refused) {
            return .success(try await TicketKeyFile(file).load())
        } catch {
            return .failure(error)
        }
    }

    /// All values as text, and the problems of the sources.
    func draft() -> ConfigurationDraft {
        var draft = ConfigurationDraft(problems: self.problems)
        var snapshots: [(snapshot: any ConfigSnapshot, scope: [String])] = []
        snapshots.append((self.commandLineSnapshot(&draft), []))
        snapshots.append((self.environmentSnapshot(&draft), ["tickrelay"]))
        if let file = self.fileSnapshot(&draft) { snapshots.append((file, [])) }
        for (snapshot, scope) in snapshots.prefix(2) {
            let key = ConfigurationKey.roomTypes
            guard let text = Self.text(of: AbsoluteConfigKey(scope + [key.rawValue]), in: snapshot) else { continue }
            draft.problems.append(.init(key: key.rawValue, value: text, rule: "has its place in the file of --config alone"))
        }
        for key in ConfigurationKey.allCases where !draft.misfits.contains(key) && key != .roomTypes {
            for (snapshot, scope) in snapshots {
                guard let text = Self.text(of: AbsoluteConfigKey(scope + [key.rawValue]), in: snapshot) else { continue }
                draft.values[key] = text
                break
            }
        }
        return draft
    }

    private func commandLineSnapshot(_ draft: inout ConfigurationDraft) -> any ConfigSnapshot {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (key, value) in self.commandLine {
            if ConfigurationKey(rawValue: key) == nil { draft.unknown(key, value, "the command line") }
            values[AbsoluteConfigKey([key])] = ConfigValue(.string(value), isSecret: false)
        }
        return InMemoryProvider(name: "command line", values: values).snapshot()
    }

    private func environmentSnapshot(_ draft: inout ConfigurationDraft) -> any ConfigSnapshot {
        let ours = self.environment.filter { $0.key.hasPrefix(Self.environmentPrefix) }
        let known = Set(ConfigurationKey.allCases.map(\.environmentName))
        for (name, value) in ours.sorted(by: { $0.key < $1.key }) where !known.contains(name) {
            draft.unknown(name, value, "the environment")
        }
        return EnvironmentVariablesProvider(environmentVariables: ours).snapshot()
    }

    private func fileSnapshot(_ draft: inout ConfigurationDraft) -> (any ConfigSnapshot)? {
        guard let file = self.file else { return nil }
        let text = CommentedJSON.strict(file.bytes)
        do {
            let entries = try JSONDecoder().decode(TopLevelEntries.self, from: Data(text)).entries
            for (key, misfit) in entries.sorted(by: { $0.key < $1.key }) {
                guard let known = ConfigurationKey(rawValue: key) else {
                    draft.unknown(key, "", file.path)
                    continue
                }
                if known == .roomTypes {
                    self.readRoomTypes(text, misfit, &draft)
                } else if let misfit {
                    draft.misfits.insert(known)
                    draft.problems.append(.init(key: key, value: misfit, rule: "must be a number, a string or a list"))
                }
            }
            if case .repeated(let key, let line) = CommentedJSON.flaw(of: text) {
                draft.problems.append(.init(key: key, value: "", rule: "must stand once (again in \(file.path), line \(line))"))
            }
            return try JSONSnapshot(data: text.span.bytes, providerName: file.path, parsingOptions: .default)
        } catch {
            var rule = "must be a JSON object of settings"
            if case .unreadable(let line) = CommentedJSON.flaw(of: text) {
                rule += ": look at line \(line), and before it for a comma"
            }
            draft.problems.append(.init(key: "config", value: file.path, rule: rule))
            return nil
        }
    }

    private func readRoomTypes(_ text: [UInt8], _ misfit: String?, _ draft: inout ConfigurationDraft) {
        let key = ConfigurationKey.roomTypes
        draft.misfits.insert(key)  // no value of one line
        do {
            draft.roomTypes = try JSONDecoder().decode(RoomTypesInFile.self, from: Data(text)).roomTypes.mapValues {
                $0.mapValues(\.text)
            }
            let written = draft.roomTypes.sorted { $0.key < $1.key }.map { type, values in
                "\(type) \(values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })"
            }
            draft.values[key] = written.joined(separator: "; ")
        } catch {
            let rule = "must be an object of types, each an object of settings: numbers, strings and lists"
            draft.problems.append(.init(key: key.rawValue, value: misfit == "an object" ? "" : misfit ?? "", rule: rule))
        }
    }

    /// A value as text, from any type that the source has; a list is joined by commas.
    private static func text(of key: AbsoluteConfigKey, in snapshot: any ConfigSnapshot) -> String? {
        for type in [ConfigType.string, .int, .double, .stringArray, .bool, .doubleArray] {
            guard let value = try? snapshot.value(forKey: key, type: type).value else { continue }
            switch value.content {
            case .string(let text): return text
            case .int(let number): return "\(number)"
            case .double(let number): return "\(number)"
            case .bool(let flag): return "\(flag)"
            case .stringArray(let list): return list.joined(separator: ",")
            case .doubleArray(let list): return list.map { "\($0)" }.joined(separator: ",")
            case .bytes, .intArray, .boolArray, .byteChunkArray: continue
            }
        }
        return nil
    }
}

/// The keys of a JSON object, and its misfits: values that are a Boolean, null or an object, which no setting is. The
/// configuration library would read a Boolean as a number and skip the others.
private struct TopLevelEntries: Decodable {
    struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// The misfit of each key, as the error message names it; nil if there is none.
    var entries: [String: String?] = [:]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for key in container.allKeys { self.entries[key.stringValue] = .some(Self.misfit(key, in: container)) }
    }

    private static func misfit(_ key: Key, in container: KeyedDecodingContainer<Key>) -> String? {
        if (try? container.decodeNil(forKey: key)) == true { return "null" }
        if let flag = try? container.decode(Bool.self, forKey: key) { return "\(flag)" }
        return (try? container.nestedContainer(keyedBy: Key.self, forKey: key)) == nil ? nil : "an object"
    }
}

/// The part of a file that is about types of rooms.
private struct RoomTypesInFile: Decodable {
    /// A number, a string, or a list of strings, as text; a list is joined by commas.
    struct Value: Decodable {
        var text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self.text = text
            } else if let list = try? container.decode([String].self) {
                self.text = list.joined(separator: ",")
            } else if (try? container.decode(Bool.self)) != nil {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "a Boolean")
            } else if let number = try? container.decode(Int.self) {
                self.text = "\(number)"
            } else {
                self.text = "\(try container.decode(Double.self))"
            }
        }
    }

    var roomTypes: [String: [String: Value]]
}

/// Settings as they were written, not yet validated.
struct ConfigurationDraft {
    var values: [ConfigurationKey: String] = [:]
    /// Settings whose value in the file is none, which is said already.
    var misfits: Set<ConfigurationKey> = []
    var problems: [InvalidConfiguration.Problem] = []
    /// What each type of rooms says, by the type's name and the key.
    var roomTypes: [String: [String: String]] = [:]

    mutating func unknown(_ key: String, _ value: String, _ source: String) {
        let renamed = ConfigurationKey.renamed.first { key == $0.from || key == ConfigurationKey.environmentName(of: $0.from) }
        let near = ConfigurationKey.nearest(to: key).map { ": did you mean \($0)?" } ?? ""
        let rule = renamed.map { "is now called \($0.to)" } ?? "is not a known setting" + near
        self.problems.append(.init(key: key, value: value, rule: "\(rule) (in \(source))"))
    }
}
