import FoundationEssentials

/// What stands where a file of settings is to be written.
package enum ExistingSettings: Equatable, Sendable {
    /// Nothing that somebody has chosen: it is empty, or all is commented out but the package's `"access": "open"`.
    case untouched
    /// What would be written.
    case same
    /// Settings, or something that cannot be read.
    case chosen

    package init(_ bytes: [UInt8], planned: String) {
        if bytes == Array(planned.utf8) {
            self = .same
        } else {
            self = Self.isUntouched(bytes) ? .untouched : .chosen
        }
    }

    private static func isUntouched(_ bytes: [UInt8]) -> Bool {
        let text = CommentedJSON.strict(bytes)
        if text.allSatisfy({ [0x20, 0x0A, 0x0D, 0x09].contains($0) }) { return true }
        guard let values = try? JSONDecoder().decode([String: String].self, from: Data(text)) else { return false }
        return values.isEmpty || values == [ConfigurationKey.access.rawValue: "open"]
    }
}
