import Glibc
import NIOCore
import NIOSSL

/// Sends the last bytes on a connection, shuts our half down, and reads on until the peer closes too or time is up. Closing
/// at once while bytes of the peer lie unread would reset the connection, and a reset may overtake our last bytes.
final class LingeringClose: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let words: [ByteBuffer]
    private let patience: TimeAmount
    private let patienceWhenDraining: TimeAmount
    private var writer: PartWriter?
    private var timer: Scheduled<Void>?

    private init(_ words: [ByteBuffer], _ patience: TimeAmount, whenDraining: TimeAmount) {
        (self.words, self.patience, self.patienceWhenDraining) = (words, patience, whenDraining)
    }

    /// Takes the channel over: from now on no other handler of the pipeline sees a read.
    ///
    /// - Parameters:
    ///   - words: Not empty.
    ///   - patience: How long the peer may take to read them and to close its side.
    ///   - whenDraining: The same once the front door closes; nil if it is no shorter.
    static func start(
        _ channel: any Channel, saying words: [ByteBuffer], patience: TimeAmount, whenDraining: TimeAmount? = nil
    ) {
        channel.takeOver(by: LingeringClose(words, patience, whenDraining: whenDraining ?? patience))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.wait(self.patience, context)
        let channel = context.channel
        let writer = PartWriter(self.words) { result in
            switch result {
            case .success: channel.close(mode: .output, promise: nil)
            case .failure: channel.closeAtOnce()
            }
        }
        self.writer = writer
        writer.write(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.writer?.write(context)
        context.fireChannelWritabilityChanged()
    }

    private func wait(_ patience: TimeAmount, _ context: ChannelHandlerContext) {
        let channel = context.channel
        self.timer?.cancel()
        self.timer = context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
            if self.writer?.isDone ?? false { channel.closeAtOnce() } else { channel.abort() }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func channelReadComplete(context: ChannelHandlerContext) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case FrontDoorEvent.evicted: context.channel.closeAtOnce()
        case FrontDoorEvent.draining where self.patienceWhenDraining < self.patience:
            self.wait(self.patienceWhenDraining, context)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.channel.closeAtOnce() }

    func channelInactive(context: ChannelHandlerContext) {
        self.timer?.cancel()
        context.fireChannelInactive()
    }
}

extension Channel {
    /// Closes at once, and has the kernel forget what the peer has not read: else it would keep it, for nobody, for minutes.
    func abort() {
        _ = (self as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        self.closeAtOnce()
    }

    /// Puts a handler where all comes from: from now on no other one sees a read.
    func takeOver(by handler: some ChannelHandler) {
        do {
            let pipeline = self.pipeline.syncOperations
            if let tls = try? pipeline.handler(type: NIOSSLServerHandler.self) {
                try pipeline.addHandler(handler, position: .after(tls))
            } else {
                try pipeline.addHandler(handler, position: .first)
            }
            try self.syncOptions?.setOption(.autoRead, value: true)
        } catch {
            self.close(promise: nil)  // it is closed already, or was never open
        }
    }
}
