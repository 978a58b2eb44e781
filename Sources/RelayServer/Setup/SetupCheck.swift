import Glibc

/// Judges settings that were written, as `check-config` does.
package enum SetupCheck {
    /// More is no file of settings. Bytes.
    private static let maximumBytes = 1 << 20

    /// Everything for which a relay would not start, or clients would refuse it. The relay has another environment: it is left out.
    ///
    /// - Parameters:
    ///   - path: Of the settings.
    ///   - processors: Cores of this machine.
    ///   - now: Seconds since 1970.
    package static func problems(in path: String, processors: Int, now: Int) async -> [String] {
        let bytes: [UInt8]
        do throws(SettingFile.Problem) {
            bytes = try SettingFile(path: path).read(atMost: Self.maximumBytes)
        } catch {
            return ["config: \(path): \(error)"]
        }
        var sources = ConfigurationSources(file: (path: path, bytes: bytes))
        sources.now = now
        await sources.readTicketKeys()
        do throws(InvalidConfiguration) {
            return try ServerConfiguration(sources, processors: processors).warnings(at: now).map(\.description)
        } catch {
            return error.problems.map(\.description)
        }
    }
}
