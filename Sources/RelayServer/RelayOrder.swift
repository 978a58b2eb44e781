/// An order to the running relay.
package enum RelayOrder: Sendable {
    /// Settings were read again: adopt those in ``ServerConfiguration/reloadable``.
    case reload(ServerConfiguration)
    /// Send everybody away and end.
    case drain
}

/// Reports of the relay to its executable. Called on any thread; must not wait.
package struct RelayEvents: Sendable {
    /// Both listeners are open: `listening on ws://127.0.0.1:7777 admin http://127.0.0.1:7778`,
    /// with TLS also ` wss://0.0.0.0:7443`, and ` playground http://127.0.0.1:7777/` while that is open.
    package var listening: @Sendable (String) -> Void
    /// A line for people, every two seconds.
    package var status: @Sendable (String) -> Void
    /// A ``RelayOrder/reload(_:)`` is done. The given settings have changed too, but need a restart.
    package var reloaded: @Sendable ([ConfigurationKey]) -> Void
    /// Draining begins.
    package var draining: @Sendable () -> Void

    package init(
        listening: @escaping @Sendable (String) -> Void, status: @escaping @Sendable (String) -> Void = { _ in },
        reloaded: @escaping @Sendable ([ConfigurationKey]) -> Void = { _ in },
        draining: @escaping @Sendable () -> Void = {}
    ) {
        (self.listening, self.status, self.reloaded, self.draining) = (listening, status, reloaded, draining)
    }
}

/// Listeners that are open already. The relay uses them instead of opening its own.
package struct InheritedListeners: Sendable {
    package var players: Int32?
    /// For players by TLS.
    package var encrypted: Int32?
    package var admin: Int32?

    package init(players: Int32? = nil, encrypted: Int32? = nil, admin: Int32? = nil) {
        (self.players, self.encrypted, self.admin) = (players, encrypted, admin)
    }
}
