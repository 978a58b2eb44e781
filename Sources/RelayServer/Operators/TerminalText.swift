import RelayHosting

extension String {
    /// The text for one line of a terminal. A stranger chose it: what the log escapes is `�` here, so that each scalar keeps
    /// its width and columns stay narrow.
    package var forTerminal: String {
        guard self.forLog != self else { return self }
        let scalars = self.unicodeScalars.map { Self.isUnseen($0) ? "\u{FFFD}" : $0 }
        return String(String.UnicodeScalarView(scalars))
    }

    /// A JSON document for a terminal: the same values, but unseen characters are escapes of JSON. They can stand in strings
    /// alone, because the relay lays out its answers with spaces and line feeds.
    package var jsonForTerminal: String {
        self.unicodeScalars.reduce(into: "") { text, scalar in
            if scalar == "\n" || !Self.isUnseen(scalar) {
                text.unicodeScalars.append(scalar)
            } else {
                for unit in String(scalar).utf16 { text += Self.jsonEscape(unit) }
            }
        }
    }

    /// One list of what nobody sees, which is that of the log.
    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        guard !(0x20..<0x7F).contains(scalar.value) else { return false }
        return String(scalar).forLog != String(scalar)
    }

    private static func jsonEscape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
