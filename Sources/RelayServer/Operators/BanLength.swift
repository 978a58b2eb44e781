/// How long a ban lasts: `90s`, `30m`, `24h`, `7d`.
package struct BanLength: Sendable, Equatable {
    package let seconds: Int64

    /// Nil unless it is whole seconds within ``BanRequest/seconds``. The unit must be said: a bare number is milliseconds in settings, and
    /// an operator who writes 3600 does not mean four seconds.
    package init?(_ text: String) {
        guard let unit = text.last, "smhd".contains(unit), let duration = Self.duration(text) else { return nil }
        let (seconds, rest) = duration.components
        guard rest == 0, BanRequest.seconds.contains(seconds) else { return nil }
        self.seconds = seconds
    }

    /// Settings have no days; nobody bans for 168h.
    private static func duration(_ text: String) -> Duration? {
        guard text.hasSuffix("d") else { return Duration(setting: text) }
        return Duration(setting: text.dropLast() + "h").map { $0 * 24 }
    }
}
