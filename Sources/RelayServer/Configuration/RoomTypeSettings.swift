import RelayWire
import RelayCore
import RelayHosting

/// A type of rooms as configured: what it says itself, and for the rest what holds for all rooms.
package struct RoomTypeSettings: Sendable, Equatable {
    package let name: String
    package let rooms: [RoomPattern]
    package let creators: RoomType.Creators
    package let settings: RoomSettings

    /// Types besides the one that needs no configuration.
    static let maximum = 64
    /// The keys of a type that are no settings of their own.
    static let (roomsKey, creatorsKey) = ("rooms", "createdBy")

    static func isName(_ name: String) -> Bool {
        WireLimits.typeBytes.contains(name.utf8.count) && name != RoomConfiguration.standardType
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

extension SettingReader {
    /// The types of rooms, each read over the settings of all rooms. Problems name the type: `roomTypes.duel.tickRate`.
    mutating func roomTypes(_ draft: ConfigurationDraft) -> [RoomTypeSettings] {
        if draft.roomTypes.count > RoomTypeSettings.maximum {
            self.report(.roomTypes, "\(draft.roomTypes.count) types", "must be at most \(RoomTypeSettings.maximum)")
        }
        var types: [RoomTypeSettings] = []
        for (name, values) in draft.roomTypes.sorted(by: { $0.key < $1.key }) {
            guard RoomTypeSettings.isName(name) else {
                let rule =
                    "must be named by 1 to 32 letters, digits, - and _; 'default' is the type that the other settings describe"
                self.report(.roomTypes, name, rule)
                continue
            }
            let type = self.roomType(name, values, draft)
            for pattern in type.rooms {
                guard let other = types.first(where: { $0.rooms.contains(pattern) }) else { continue }
                self.report(.roomTypes, name, "must claim other rooms than \(other.name) does: \(pattern.text)")
            }
            types.append(type)
        }
        return types
    }

    private mutating func roomType(
        _ name: String, _ values: [String: String], _ draft: ConfigurationDraft
    ) -> RoomTypeSettings {
        var reader = SettingReader(draft, ofType: name, values)
        let settings = RoomSettings(&reader)
        reader.keepProblems(of: RoomSettings.keys.filter { values[$0.rawValue] != nil })
        settings.requireAgreement(&reader)
        let rooms = reader.patterns(values[RoomTypeSettings.roomsKey])
        let creators = reader.creators(values[RoomTypeSettings.creatorsKey])
        let known = RoomSettings.keys.map(\.rawValue) + [RoomTypeSettings.roomsKey, RoomTypeSettings.creatorsKey]
        for key in values.keys.sorted() where !known.contains(key) {
            reader.reportKey(key, values[key] ?? "", "is no setting of a type: \(known.joined(separator: ", ")) are")
        }
        self.add(reader.problems)
        return RoomTypeSettings(name: name, rooms: rooms, creators: creators, settings: settings)
    }

    private mutating func patterns(_ text: String?) -> [RoomPattern] {
        let names = (text ?? "").split(separator: ",").map { $0.trimmingSpaces }
        if names.isEmpty { self.reportKey(RoomTypeSettings.roomsKey, text ?? "", "must name the type's rooms: duel-*, or lobby") }
        return names.compactMap { name in
            guard let pattern = RoomPattern(name) else {
                self.reportKey(
                    RoomTypeSettings.roomsKey, name, "must be a room's name of 1 to 64 bytes, with * at its end all that begin so"
                )
                return nil
            }
            return pattern
        }
    }

    private mutating func creators(_ text: String?) -> RoomType.Creators {
        guard let text else { return .players }
        if let creators = RoomType.Creators(rawValue: text) { return creators }
        self.reportKey(RoomTypeSettings.creatorsKey, text, "must be one of players, operators")
        return .players
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        let start = self.drop { $0 == " " }
        return String(start[..<(start.lastIndex { $0 != " " }.map(start.index(after:)) ?? start.startIndex)])
    }
}
