import NIOCore

/// Sends the last bytes on a connection, shuts our half down, and reads on until the peer closes too or time is up. Closing
/// at once while bytes of the peer lie unread would reset the connection, and a reset may overtake our last bytes.
final class LingeringClose: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let words: [UInt8]
    private let patience: TimeAmount
    private var timer: Scheduled<Void>?

    private init(_ words: [UInt8], patience: TimeAmount) { (self.words, self.patience) = (words, patience) }

    /// Takes the channel over: from now on no other handler of the pipeline sees a read.
    static func start(_ channel: any Channel, saying words: [UInt8], patience: TimeAmount) {
        do {
            try channel.pipeline.syncOperations.addHandler(LingeringClose(words, patience: patience), position: .first)
            try channel.syncOptions?.setOption(.autoRead, value: true)
        } catch {
            channel.close(promise: nil)  // it is closed already, or was never open
        }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let loop = context.eventLoop.assumeIsolated()
        let channel = context.channel
        self.timer = loop.scheduleTask(in: self.patience) { channel.close(promise: nil) }
        let flushed = context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: self.words)))
        flushed.whenComplete { result in
            switch result {
            case .success: channel.close(mode: .output, promise: nil)
            case .failure: channel.close(promise: nil)
            }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func channelReadComplete(context: ChannelHandlerContext) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case FrontDoorEvent.evicted = event { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) {
        self.timer?.cancel()
        context.fireChannelInactive()
    }
}
