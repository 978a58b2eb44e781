import HTTPTypes
import Hummingbird
import RelayHosting

extension AdminAPI {
    /// `/events`: the statistics each second as server-sent events; `?room=NAME` adds the seats of that room.
    func addEvents(to router: Router<AdminRequestContext>) {
        let (feed, counters) = (self.feed, self.counters)
        router.get("/events") { request, _ in
            do throws(StatisticsFeed.Refusal) {
                return Self.stream(try feed.listen(to: Self.room(of: request)))
            } catch {
                counters.count(.eventListenersRefused)
                var answer = Self.text(.serviceUnavailable, Self.sentence(error))
                answer.headers[.retryAfter] = "5"
                return answer
            }
        }
    }

    /// The room that a request names; nil without one.
    static func room(of request: Request) -> String? { request.uri.queryParameters["room"].map(String.init) }

    private static func sentence(_ refusal: StatisticsFeed.Refusal) -> String {
        switch refusal {
        case .full: "\(StatisticsFeed.maximumListeners) listen already: close a page, or ask /stats.\n"
        case .ended: "The relay is shutting down.\n"
        }
    }

    private static func stream(_ listener: FeedListener) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                try await writer.write(EventText.greeting)
                // Waits for the reader; who has gone is noticed at the next message, a second later.
                for await message in listener.messages { try await writer.write(message) }
                try await writer.finish(nil)
            }
        )
    }
}
