import Foundation
import RelayServer
import Testing

@Suite("The description of the lobby")
struct LobbyHTTPDescriptionTests {
    private typealias Object = [String: Any]

    private static func whole() throws -> Object {
        try #require(try JSONSerialization.jsonObject(with: Data(LobbyDescription.json.readableBytesView)) as? Object)
    }

    /// All objects within.
    private static func objects(in value: Any) -> [Object] {
        switch value {
        case let object as Object: [object] + object.values.flatMap(Self.objects)
        case let array as [Any]: array.flatMap(Self.objects)
        default: []
        }
    }

    /// Where `#/a/b` leads.
    private static func follow(_ reference: String, in whole: Object) -> Any? {
        reference.split(separator: "/").dropFirst().reduce(whole as Any?) { ($0 as? Object)?[String($1)] }
    }

    @Test("It names each route with the methods that it has")
    func routes() throws {
        let paths = try #require(try Self.whole()["paths"] as? [String: Object])
        let methods = paths.mapValues { $0.keys.sorted() }
        #expect(
            methods == [
                "/openapi.json": ["get"], "/lobby/rooms": ["get", "post"], "/lobby/rooms/{room}": ["get"],
                "/lobby/rooms/{room}/acts": ["post"],
            ])
    }

    @Test("It names each code, and each status under a route that can answer it; every reference leads somewhere")
    func statuses() throws {
        let whole = try Self.whole()
        let refusal = try #require(Self.follow("#/components/schemas/Refusal/properties/code", in: whole) as? Object)
        #expect(refusal["enum"] as? [String] == LobbyCode.allCases.map(\.rawValue))
        let paths = try #require(whole["paths"] as? [String: [String: Object]])
        func statuses(_ path: String, _ method: String) -> Set<String> {
            Set((paths[path]?[method]?["responses"] as? Object ?? [:]).keys)
        }
        #expect(statuses("/openapi.json", "get") == ["200", "400", "429", "431"])
        #expect(statuses("/lobby/rooms", "get") == ["200", "400", "429", "431", "503"])
        #expect(statuses("/lobby/rooms/{room}", "get") == ["200", "400", "404", "429", "431"])
        let post: Set<String> = ["201", "400", "401", "403", "409", "413", "415", "429", "431", "503"]
        #expect(statuses("/lobby/rooms", "post") == post)
        #expect(statuses("/lobby/rooms/{room}/acts", "post") == post.subtracting(["201"]).union(["204", "404"]))
        // 404 and 405 are the answers to what is not described.
        let all = Set(paths.flatMap { path, methods in methods.keys.flatMap { statuses(path, $0) } })
        #expect(LobbyCode.allCases.allSatisfy { all.contains("\($0.status)") || $0 == .methodNotAllowed })
        for reference in Self.objects(in: whole).compactMap({ $0["$ref"] as? String }) {
            #expect(Self.follow(reference, in: whole) != nil, "\(reference)")
        }
    }

    @Test("Each status is described with the codes that it can have")
    func codes() throws {
        let responses = try #require(Self.follow("#/components/responses", in: try Self.whole()) as? [String: Object])
        func says(_ names: [String], _ status: Int) {
            let text = names.map { responses[$0]?["description"] as? String ?? "" }.joined()
            for code in LobbyCode.allCases where code.status == status { #expect(text.contains(code.rawValue), "\(code)") }
        }
        for (names, status) in [
            (["BadRequest"], 400), (["BadTicket", "BadToken"], 401), (["Forbidden", "ActForbidden"], 403), (["NotFound"], 404),
            (["NameTaken", "ActConflict"], 409), (["BodyTooLong"], 413), (["NotJSON"], 415), (["TooMany"], 429),
            (["Unavailable"], 503),
        ] { says(names, status) }
    }

    @Test("Its objects are closed, but for the maps of properties, which say what may stand in them")
    func closed() throws {
        let schemas = try #require(Self.follow("#/components/schemas", in: try Self.whole()))
        let objects = Self.objects(in: schemas).filter { $0["type"] as? String == "object" }
        #expect(objects.count == 19)
        for object in objects {
            let isClosed = object["additionalProperties"] as? Bool == false
            let isMap = object["propertyNames"] != nil && object["additionalProperties"] is Object
            #expect(isClosed || isMap, "\(object)")
        }
    }
}
