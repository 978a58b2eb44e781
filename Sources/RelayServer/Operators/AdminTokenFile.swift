/// The file with the admin token, for who shows it. The relay itself reads it by its setting `adminToken`.
package enum AdminTokenFile {
    /// The token. Its file must be nobody else's to read or change.
    package static func token(in path: String) throws(SettingFile.Problem) -> String {
        let content = try SettingFile(path: path).readGuarded(atMost: AdminToken.maximumCount)
        _ = try AdminToken(content)  // the relay's own rules: one line, of characters that a header can have
        return String(decoding: content.last == UInt8(ascii: "\n") ? content.dropLast() : content[...], as: UTF8.self)
    }
}
