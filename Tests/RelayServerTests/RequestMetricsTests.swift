import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import RelayServer
import Testing

@Suite("Requests to the admin listener")
struct RequestMetricsTests {
    @Test(
        "Each is measured by route, method and status; what clients choose is no label",
        arguments: [
            (.get, "/readyz", "/readyz", "GET", 503), (.head, "/readyz", "/readyz", "HEAD", 503),
            (.get, "/stats?room=secret", "/stats", "GET", 200), (.get, "/secret", "NotFound", "GET", 404),
            (.post, "/readyz", "NotFound", "POST", 404), (.delete, "/bans/4711", "/bans/{id}", "DELETE", 404),
            (HTTPRequest.Method("SECRET") ?? .get, "/readyz", "NotFound", "_OTHER", 404),
        ] as [(HTTPRequest.Method, String, String, String, Int)]
    )
    func measured(_ method: HTTPRequest.Method, _ path: String, _ route: String, _ name: String, _ status: Int) async throws {
        let registry = MetricsRegistry()
        let api = AdminAPI(hosting: EchoHosting(), counters: FrontDoorCounters(), metrics: registry)
        let responder = api.router().buildResponder()
        for _ in 0..<2 {
            let head = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: path)
            let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
            let channel = NIOAsyncTestingChannel()
            let source = ApplicationRequestContextSource(channel: channel, logger: Logger(label: "test"))
            let response = try await responder.respond(to: request, context: AdminRequestContext(source: source))
            _ = try await channel.finish()
            #expect(response.status.code == status)
        }
        let told = ExpositionText(of: registry)
        let labels = #"{http_request_method="\#(name)",http_response_status_code="\#(status)",http_route="\#(route)"}"#
        #expect(told["tickrelay_http_server_request_duration_seconds_count"] == [labels: "2"])
        #expect(!told.lines.contains { $0.contains("secret") || $0.contains("SECRET") || $0.contains("4711") })
        #expect(told.problems == [])
    }
}
