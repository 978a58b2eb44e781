import Crypto
import NIOCore

/// A file of the browser SDK, the playground or the dashboard, as it stands in the program.
package struct WebFile: Sendable {
    /// Which of the three it belongs to; the folder that its source lies in.
    package enum Section: String, Sendable, CaseIterable {
        case sdk, playground, dashboard
    }

    /// The same content in one coding.
    struct Representation: Sendable {
        var bytes: ByteBuffer
        /// With its quotation marks. Strong: other bytes have another one.
        var entityTag: String

        init(_ bytes: UnsafeBufferPointer<UInt8>) {
            self.bytes = ByteBuffer(bytes: bytes)
            let digest = SHA256.hash(data: UnsafeRawBufferPointer(bytes)).prefix(12)
            self.entityTag = "\"" + digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() + "\""
        }
    }

    package let section: Section
    /// Its name in the folder of its section.
    package let name: String
    let plain: Representation
    /// Nil if the program was built without compressed files.
    let gzip: Representation?

    /// - Parameters:
    ///   - path: `SECTION/NAME`. Nil is returned for any other one.
    ///   - gzip: The same content, compressed.
    package init?(path: String, plain: UnsafeBufferPointer<UInt8>, gzip: UnsafeBufferPointer<UInt8>?) {
        guard let slash = path.firstIndex(of: "/"), let section = Section(rawValue: String(path[..<slash])) else { return nil }
        (self.section, self.name) = (section, String(path[path.index(after: slash)...]))
        (self.plain, self.gzip) = (Representation(plain), gzip.map(Representation.init))
    }

    /// The page that a browser shows, unlike what a page loads.
    package var isPage: Bool { self.name == "index.html" }

    /// The paths of the URLs at which it is served.
    package var urlPaths: [String] {
        switch self.section {
        case .sdk: ["/sdk/v1/\(self.name)"]
        case .playground, .dashboard:
            self.isPage ? ["/", "/\(self.section)"] : ["/\(self.section)/\(self.name)"]
        }
    }

    /// By the end of the name. Browsers are told not to guess, so an end that is not known here is downloaded.
    package var mediaType: String {
        switch self.name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "json": "application/json"
        case "webmanifest": "application/manifest+json"
        case "ts", "txt", "md": "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }
}
