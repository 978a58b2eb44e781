import Foundation

/// A directory of this user alone, for one test. It goes with its last reference, and all that is in it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "tickrelay-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: place, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        self.path = place.path
    }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }
}
