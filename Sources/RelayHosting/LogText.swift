extension String {
    /// The text with unseen characters escaped, for a log line: a stranger chose it, and it must neither end the line nor steer
    /// the terminal.
    package var forLog: String {
        guard self.unicodeScalars.contains(where: Self.isUnseen) else { return self }
        return self.unicodeScalars.reduce(into: "") { text, scalar in
            let shown = Self.isUnseen(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
            text += shown
        }
    }

    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate: true
        default: false
        }
    }
}
