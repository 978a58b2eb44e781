import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// One connection: counts its unanswered requests, and closes it when nothing happens for too long.
final class AdminConnection: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// From connecting to a complete request.
    private static let firstPatience = TimeAmount.seconds(5)
    /// From a request to the end of its answer, and from there to the next request. An answer that comes in parts may take this long
    /// for each: who listens to events and reads them is not silent.
    private static let patience = TimeAmount.seconds(60)

    private let all: AdminConnections
    private var context: ChannelHandlerContext?
    private var timer: Scheduled<Void>?
    private var unanswered = 0
    /// When it came, or when the last request or answer ended.
    private var quietSince = NIODeadline.distantPast

    init(among all: AdminConnections) { self.all = all }

    /// Whether this one is evicted before the other.
    func goesBefore(_ other: AdminConnection) -> Bool {
        (self.unanswered == 0 ? 0 : 1, self.quietSince) < (other.unanswered == 0 ? 0 : 1, other.quietSince)
    }

    func close() { self.context?.close(promise: nil) }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.wait(Self.firstPatience)
        self.all.enter(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.timer?.cancel()
        self.context = nil
        self.all.leave(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .end = self.unwrapInboundIn(data) {
            self.unanswered += 1
            self.wait(Self.patience)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var promise = promise
        switch self.unwrapOutboundIn(data) {
        case .head: break
        case .body:
            promise = promise ?? context.eventLoop.makePromise()
            promise?.futureResult.assumeIsolated().whenSuccess { self.wait(Self.patience) }
        case .end:
            self.unanswered = max(0, self.unanswered - 1)  // malformed requests are answered too
            self.wait(Self.patience)
        }
        context.write(data, promise: promise)
    }

    private func wait(_ patience: TimeAmount) {
        self.quietSince = .now()
        self.timer?.cancel()
        self.timer = self.context?.eventLoop.assumeIsolated().scheduleTask(in: patience) { self.all.end(self, .adminTimeout) }
    }
}
