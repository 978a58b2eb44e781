/// A player's state, at a fixed address. It is no object: a turn then counts no references and checks no exclusive access, which
/// would be a good part of the cost at hundreds of thousands of turns a second.
typealias Bot = UnsafeMutablePointer<BotState>
