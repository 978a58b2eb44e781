import CRelayLinux
import CoreMetrics
import HTTPTypes
import Hummingbird

/// Measures requests to the admin listener by route, method and status, until the head of their answer is made.
///
/// The names are OpenTelemetry's, and those of Hummingbird's own middleware. That one counts a request when its body has been written: it never
/// counts those by HEAD, whose body is dropped, nor those whose client has gone, and takes them for active for ever.
struct RequestMetrics: RouterMiddleware {
    typealias Context = AdminRequestContext

    /// Methods with a name; a client may invent others.
    private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .delete]

    let metrics: any MetricsFactory

    func handle(
        _ request: Request, context: AdminRequestContext,
        next: (Request, AdminRequestContext) async throws -> Response
    ) async throws -> Response {
        let began = crelay_monotonic_ns()
        do {
            let response = try await next(request, context)
            self.record(request, context, response.status, since: began)
            return response
        } catch {
            let status = (error as? any HTTPResponseError)?.status ?? .internalServerError
            self.record(request, context, status, since: began)
            throw error
        }
    }

    /// - Parameter began: CLOCK_MONOTONIC, nanoseconds.
    private func record(
        _ request: Request, _ context: AdminRequestContext, _ status: HTTPResponse.Status, since began: Int64
    ) {
        let method = Self.methods.contains(request.method) ? request.method.rawValue : "_OTHER"
        let timer = CoreMetrics.Timer(
            label: "http.server.request.duration",
            dimensions: [
                // A template, such as /bans/{id}; NotFound for a path of nobody's.
                ("http.route", context.endpointPath ?? "NotFound"), ("http.request.method", method),
                ("http.response.status_code", "\(status.code)"),
            ],
            factory: self.metrics)
        timer.recordNanoseconds(crelay_monotonic_ns() - began)
    }
}
