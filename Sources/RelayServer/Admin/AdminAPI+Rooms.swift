import FoundationEssentials
import HTTPTypes
import Hummingbird
import RelayHosting

/// `/rooms` and `/bans`: Protocol/ADMIN.md.
extension AdminAPI {
    private struct RoomList: Encodable { var rooms: [RelayStatistics.Room] }
    private struct BanAnswer: Encodable { var bans: [Ban] }

    func addRooms(to router: Router<AdminRequestContext>) {
        router.get("/rooms") { request, _ in await self.answer { () async throws(RefusedAct) in try await self.rooms(request) } }
        router.get("/bans") { _, _ in
            await self.answer { () async throws(RefusedAct) in BanAnswer(bans: self.acts.bans.all(at: self.acts.unixTime())) }
        }
        router.post("/rooms/open") { request, context in
            await self.act(.open, request, context) { (body: OpenRequest, actor) async throws(RefusedAct) in
                try await self.acts.open(body, by: actor)
            }
        }
        router.post("/rooms/kick") { request, context in
            await self.act(.kick, request, context) { (body: KickRequest, actor) async throws(RefusedAct) in
                try await self.acts.kick(body, by: actor)
            }
        }
        router.post("/rooms/close") { request, context in
            await self.act(.close, request, context) { (body: CloseRequest, actor) async throws(RefusedAct) in
                try await self.acts.close(body, by: actor)
            }
        }
        router.post("/bans") { request, context in
            await self.act(.ban, request, context) { (body: BanRequest, actor) async throws(RefusedAct) in
                try await self.acts.ban(body, by: actor)
            }
        }
        router.delete("/bans/:id") { request, context in
            // What is no number is no ban either: 0 is none.
            let id = context.parameters.get("id").flatMap { UInt64($0) } ?? 0
            return await self.answer { () async throws(RefusedAct) in try await self.acts.lift(id, by: context.actor(of: request))
            }
        }
    }

    /// Reads the body and acts; both are audited.
    private func act<Body: ActRequest>(
        _ act: ActAudit.Act, _ request: Request, _ context: AdminRequestContext,
        _ body: (Body, Operator) async throws(RefusedAct) -> some Encodable & Sendable
    ) async -> Response {
        let actor = context.actor(of: request)
        return await self.answer { () async throws(RefusedAct) in
            let content: Body
            do throws(RefusedAct) {
                content = try await Self.body(of: request)
            } catch {
                self.acts.audit.refuse(act, error, by: actor)
                throw error
            }
            return try await body(content, actor)
        }
    }

    private func rooms(_ request: Request) async throws(RefusedAct) -> RoomList {
        guard let name = Self.room(of: request) else { return RoomList(rooms: await self.statistics(.rooms).rooms) }
        let statistics = await self.statistics(.overview(rooms: [name]))
        let room = statistics.rooms.first { $0.name.utf8.elementsEqual(name.utf8) }
        guard let room else { throw statistics.threads.allSatisfy(\.answers) ? .noRoom(name) : .silent }
        return RoomList(rooms: [room])
    }

    private static func body<Content: ActRequest>(of request: Request) async throws(RefusedAct) -> Content {
        guard let body = try? await request.body.collect(upTo: Content.maximumBytes) else {
            throw RefusedAct(.contentTooLarge, "The body is longer than \(Content.maximumBytes) bytes, or ended early.")
        }
        return try Content(body: body)
    }

    private func answer(_ act: () async throws(RefusedAct) -> some Encodable & Sendable) async -> Response {
        do throws(RefusedAct) {
            let content = try await act()
            guard let bytes = try? await Self.desk.runIfActive({ try Self.encode(content) }) else {
                return Self.text(.internalServerError, "The answer could not be written.\n")
            }
            return Response(
                status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        } catch {
            return Self.text(error.status, error.sentence + "\n")
        }
    }
}
