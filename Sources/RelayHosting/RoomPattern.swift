import RelayWire

/// Rooms by their names: one name, or with a `*` at its end all that begin with what is before it.
package struct RoomPattern: Hashable, Sendable {
    package let text: String

    /// Nil unless `text` could be a room's name.
    package init?(_ text: String) {
        guard WireLimits.nameBytes.contains(text.utf8.count) else { return nil }
        self.text = text
    }

    private var isPrefix: Bool { self.text.utf8.last == UInt8(ascii: "*") }

    /// Whether all rooms are meant, those included that the relay is yet to name.
    package var isAny: Bool { self.text == "*" }

    /// By bytes: nothing is normalised.
    package func matches(_ room: String) -> Bool {
        guard self.isPrefix else { return self.text.utf8.elementsEqual(room.utf8) }
        return room.utf8.starts(with: self.text.utf8.dropLast())
    }

    /// How much it says: of two that match, the one with more is meant. A whole name says more than any beginning of it.
    var precision: Int { self.isPrefix ? self.text.utf8.count - 1 : Int.max }
}
