import RelayCore
import RelayWire

/// Hashes passwords, which takes long, on a thread of its own.
package protocol PasswordHashing: Sendable {
    /// Hashes a password for a room; of several that wait for one room only the newest.
    ///
    /// - Parameter then: Called from whatever thread; with nil if memory has run out.
    func hash(_ password: String, for room: RoomInstance, then: @escaping @Sendable (PasswordHash?) -> Void)
}
