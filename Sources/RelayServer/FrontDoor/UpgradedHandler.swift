import NIOCore

/// What takes over a connection behind the 101.
protocol UpgradedHandler: ChannelHandler {
    /// Sends bytes, before anything else.
    func send(_ bytes: [UInt8])
    /// Call it when the HTTP decoder is gone and has forwarded the bytes it held: from now on reads come straight here.
    func begin()
}
