import RelayWire

/// The rooms that a ticket is for: one name, or with a `*` at its end all that begin with what is before it.
package struct RoomPattern: Hashable, Sendable {
    package let text: String

    /// Nil unless `text` could be a room's name.
    package init?(_ text: String) {
        guard WireLimits.nameBytes.contains(text.utf8.count) else { return nil }
        self.text = text
    }

    /// By bytes: nothing is normalised.
    package func matches(_ room: String) -> Bool {
        let pattern = self.text.utf8
        guard pattern.last == UInt8(ascii: "*") else { return pattern.elementsEqual(room.utf8) }
        return room.utf8.starts(with: pattern.dropLast())
    }
}
