import NIOCore
import RelayServer
import RelayWeb
import Testing

struct AnswerVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var ifNoneMatch: [String] = []
    var acceptEncoding: [String] = []
    var status: WebAnswer.Status
    /// Empty if there is none.
    var body: String

    init(
        _ name: String, ifNoneMatch: [String] = [], acceptEncoding: [String] = [], _ status: WebAnswer.Status, _ body: String
    ) {
        (self.testDescription, self.ifNoneMatch, self.acceptEncoding) = (name, ifNoneMatch, acceptEncoding)
        (self.status, self.body) = (status, body)
    }
}

@Suite("Web files")
struct WebFileTests {
    /// A file of which "small" stands for the compressed content.
    static func file(_ path: String = "playground/a.js", compressed: Bool = true) -> WebFile? {
        let (plain, small) = (Array("plain".utf8), Array("small".utf8))
        return plain.withUnsafeBufferPointer { plain in
            small.withUnsafeBufferPointer { WebFile(path: path, plain: plain, gzip: compressed ? $0 : nil) }
        }
    }

    @Test(
        "The coding that the client takes, and nothing if its copy is good",
        arguments: [
            AnswerVector("no word of codings", .ok, "plain"),
            AnswerVector("gzip", acceptEncoding: ["gzip"], .ok, "small"),
            AnswerVector("as browsers ask", acceptEncoding: ["gzip, deflate, br, zstd"], .ok, "small"),
            AnswerVector(
                "in capitals, blanks around, on a line of its own", acceptEncoding: ["br", " GZIP ; q=0.5"], .ok, "small"),
            AnswerVector("everything", acceptEncoding: ["*"], .ok, "small"),
            AnswerVector("no gzip", acceptEncoding: ["gzip;q=0, *"], .ok, "plain"),
            AnswerVector("no gzip, in other words", acceptEncoding: ["*;q=1, gzip; Q=0.000"], .ok, "plain"),
            AnswerVector("little of it", acceptEncoding: ["gzip;q=0.001"], .ok, "small"),
            AnswerVector("something else", acceptEncoding: ["br, xgzip, gzipx"], .ok, "plain"),
            AnswerVector("nothing at all", acceptEncoding: ["", ",, ;,"], .ok, "plain"),
            AnswerVector("the copy is good", ifNoneMatch: ["PLAIN"], .notModified, ""),
            AnswerVector("weakly", ifNoneMatch: ["W/PLAIN"], .notModified, ""),
            AnswerVector("one of several", ifNoneMatch: ["\"x\", \"y\"", "\"z\",PLAIN"], .notModified, ""),
            AnswerVector("any copy", ifNoneMatch: ["*"], .notModified, ""),
            AnswerVector("the compressed copy", ifNoneMatch: ["SMALL"], acceptEncoding: ["gzip"], .notModified, ""),
            AnswerVector("a copy in another coding", ifNoneMatch: ["PLAIN"], acceptEncoding: ["gzip"], .ok, "small"),
            AnswerVector("another copy", ifNoneMatch: ["\"x\""], .ok, "plain"),
            AnswerVector("no quotation marks", ifNoneMatch: ["BARE"], .ok, "plain"),
        ]
    )
    func answers(_ vector: AnswerVector) throws {
        let file = try #require(Self.file())
        let plainTag = try #require(file.answer(ifNoneMatch: [], acceptEncoding: []).headers["ETag"])
        let smallTag = try #require(file.answer(ifNoneMatch: [], acceptEncoding: ["gzip"]).headers["ETag"])
        let asked = vector.ifNoneMatch.map {
            $0.replacing("PLAIN", with: plainTag).replacing("SMALL", with: smallTag)
                .replacing("BARE", with: plainTag.replacing("\"", with: ""))
        }
        let answer = file.answer(ifNoneMatch: asked, acceptEncoding: vector.acceptEncoding)
        #expect(answer.status == vector.status)
        #expect(String(buffer: answer.body) == vector.body)
        #expect(answer.headers["Content-Encoding"] == (vector.body == "small" ? "gzip" : nil))
        #expect(plainTag != smallTag && [plainTag, smallTag].contains(answer.headers["ETag"]))
        #expect(answer.headers["Vary"] == "Accept-Encoding")
    }

    @Test("A program without compressed files answers with the plain ones")
    func uncompressed() throws {
        let file = try #require(Self.file(compressed: false))
        let answer = file.answer(ifNoneMatch: [], acceptEncoding: ["gzip"])
        #expect(String(buffer: answer.body) == "plain" && answer.headers["Content-Encoding"] == nil)
    }

    @Test(
        "Where a file of a section is, and as what",
        arguments: [
            ("sdk/tickrelay.js", ["/sdk/v1/tickrelay.js"], "text/javascript; charset=utf-8"),
            ("sdk/tickrelay.d.ts", ["/sdk/v1/tickrelay.d.ts"], "text/plain; charset=utf-8"),
            ("sdk/parts/a.js", ["/sdk/v1/parts/a.js"], "text/javascript; charset=utf-8"),
            ("playground/index.html", ["/", "/playground"], "text/html; charset=utf-8"),
            ("playground/a.css", ["/playground/a.css"], "text/css; charset=utf-8"),
            ("dashboard/index.html", ["/", "/dashboard"], "text/html; charset=utf-8"),
            ("dashboard/a.svg", ["/dashboard/a.svg"], "image/svg+xml"),
            ("dashboard/html", ["/dashboard/html"], "text/html; charset=utf-8"),
            ("dashboard/a.exe", ["/dashboard/a.exe"], "application/octet-stream"),
        ] as [(String, [String], String)]
    )
    func places(_ path: String, _ paths: [String], _ mediaType: String) throws {
        let file = try #require(Self.file(path))
        #expect(file.urlPaths == paths && file.mediaType == mediaType)
        let headers = file.answer(ifNoneMatch: [], acceptEncoding: []).headers
        #expect(headers["X-Content-Type-Options"] == "nosniff" && headers["Cache-Control"] == "no-cache")
        #expect((headers["Access-Control-Allow-Origin"] == "*") == (file.section == .sdk))
        #expect((headers["Content-Security-Policy"] == WebAnswer.contentSecurityPolicy) == (file.section != .sdk))
    }

    @Test("Outside of the sections there is nothing", arguments: ["a.js", "secret/a.js", "/sdk/a.js", "../sdk/a.js", ""])
    func strangers(_ path: String) { #expect(Self.file(path) == nil) }

    @Test("The program has the SDK, the playground and the dashboard, each file known by its name, and each for its own listener")
    func embedded() throws {
        let (players, operators) = (WebFiles.forPlayers, WebFiles.forOperators)
        for path in ["/", "/sdk/v1/tickrelay.js", "/sdk/v1/tickrelay.d.ts", "/playground/playground.js"] {
            #expect(players[path: path] != nil, "\(path)")
        }
        #expect(operators[path: "/"] != nil && operators[path: "/"]?.section == .dashboard)
        #expect(operators[path: "/sdk/v1/tickrelay.js"] == nil && players[path: "/dashboard"] == nil)
        for (files, path) in players.paths.map({ (players, $0) }) + operators.paths.map({ (operators, $0) }) {
            let file = try #require(files[path: path])
            #expect(file.mediaType != "application/octet-stream", "\(path): say in WebFile what it is")
            #expect(file.answer(ifNoneMatch: [], acceptEncoding: []).body.readableBytes > 0, "\(path)")
        }
    }
}
