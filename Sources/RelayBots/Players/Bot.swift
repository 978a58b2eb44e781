/// One room of the run, with its players.
final class BotRoom {
    let name: String
    /// Players; clients that never read are not among them.
    var bots: [Bot] = []
    /// Whether all its replicas agreed after the writes had stopped.
    var isSettled = false

    init(name: String) { self.name = name }
}

/// A player's state, at a fixed address. It is no object: a turn then counts no references and checks no exclusive access, which
/// would be a good part of the cost at hundreds of thousands of turns a second.
typealias Bot = UnsafeMutablePointer<BotState>
