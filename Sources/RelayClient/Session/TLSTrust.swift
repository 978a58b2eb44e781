/// Whom a client believes that it is the relay, where the address is `wss://`.
public enum TLSTrust: Sendable, Hashable {
    /// Those whom this machine's authorities certify.
    case system
    /// Those whom the authorities in this PEM file certify.
    case authorities(file: String)
    /// Anybody. For tests alone: who is in between can read and change everything.
    case anybody
}
