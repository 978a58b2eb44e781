import HTTPTypes
import Hummingbird
import RelayWeb

extension Response {
    /// The answer with an embedded file, or that the client's copy of it is good.
    init(_ file: WebFile, to request: Request) {
        let answer = file.answer(
            ifNoneMatch: request.headers[values: .ifNoneMatch], acceptEncoding: request.headers[values: .acceptEncoding])
        var headers = HTTPFields()
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        switch answer.status {
        case .ok: self.init(status: .ok, headers: headers, body: ResponseBody(byteBuffer: answer.body))
        case .notModified: self.init(status: .notModified, headers: headers)
        }
    }
}

extension Router {
    /// Routes for embedded files.
    ///
    /// - Parameter text: The answer to who asks for a page and is no browser.
    func add(_ files: WebFiles, orText text: @escaping @Sendable () -> Response) {
        for path in files.paths {
            guard let file = files[path: path] else { continue }
            self.get(RouterPath(path)) { request, _ in
                let wantsPage = HeaderList(request.headers[values: .accept]).names("text/html")
                return file.isPage && !wantsPage ? text() : Response(file, to: request)
            }
        }
    }
}
