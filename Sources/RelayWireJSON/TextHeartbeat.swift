import RelayWire

/// The short texts by which clients and servers of other makes ask whether the other side is there.
package enum TextHeartbeat: Equatable, Sendable {
    /// `ping`, `2`, `2probe`: to be answered in kind.
    case ping, two, twoProbe
    /// `~h#7~`: to be sent back as it is.
    case echo
    /// `pong`, `3`: answers to a `ping` of ours.
    case pong
    /// `3probe`, with the tick that our `2probe` named, if it says one.
    case probed(Tick)

    /// Digits of the number in `~h#7~`.
    private static let echoDigits = 1...20

    /// Nil if the text is no heartbeat.
    package init?(_ text: UnsafeRawBufferPointer) {
        guard let first = text.first, text.count <= 32 else { return nil }
        switch first {
        case UInt8(ascii: "p") where text.elementsEqual("ping".utf8): self = .ping
        case UInt8(ascii: "p") where text.elementsEqual("pong".utf8): self = .pong
        case UInt8(ascii: "2") where text.count == 1: self = .two
        case UInt8(ascii: "3") where text.count == 1: self = .pong
        case UInt8(ascii: "2") where text.elementsEqual("2probe".utf8): self = .twoProbe
        case UInt8(ascii: "3") where text.starts(with: "3probe".utf8):
            guard let tick = Self.tick(text.dropFirst(6)) else { return nil }
            self = .probed(tick)
        case UInt8(ascii: "~") where Self.isEcho(text): self = .echo
        default: return nil
        }
    }

    /// Nothing, or a space and a tick.
    private static func tick(_ text: Slice<UnsafeRawBufferPointer>) -> Tick? {
        if text.isEmpty { return Tick.none }
        guard text.first == UInt8(ascii: " ") else { return nil }
        let digits = text.dropFirst()
        guard !digits.isEmpty, digits.count <= 16, digits.allSatisfy(Self.isDigit) else { return nil }
        let number = digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
        return number <= WireLimits.safeInteger ? Tick(rawValue: number) : nil
    }

    private static func isEcho(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.starts(with: "~h#".utf8), text.last == UInt8(ascii: "~") else { return false }
        let digits = text.dropFirst(3).dropLast()
        return Self.echoDigits.contains(digits.count) && digits.allSatisfy(Self.isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
