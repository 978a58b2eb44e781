import Glibc
import NIOSSL

/// A certificate chain and its private key, which belong together.
package struct IdentityPair: Sendable, Equatable {
    /// A pair that cannot be used.
    struct Unusable: Error, Equatable {
        var setting: ConfigurationKey
        var file: String
        var rule: String
    }

    /// For connections that begin.
    let context: NIOSSLContext
    /// The relay's own certificate comes first.
    private let chain: [NIOSSLCertificate]
    /// When the certificate is valid: seconds since 1970.
    let validity: ClosedRange<Int>

    /// A certificate names its key: two pairs with one chain are one pair.
    package static func == (left: Self, right: Self) -> Bool { left.chain == right.chain }

    /// Reads PEM files.
    ///
    /// - Parameter certificate: The relay's certificate, then those that lead to an authority.
    init(certificate: SettingFile, key: SettingFile) throws(Unusable) {
        func unusable(_ setting: ConfigurationKey, _ file: SettingFile, _ rule: String) -> Unusable {
            Unusable(setting: setting, file: file.path, rule: rule)
        }
        var content: [[UInt8]] = []
        do throws(SettingFile.Problem) {
            content.append(try certificate.read(atMost: Self.maximumBytes))
        } catch {
            throw unusable(.tlsCertificate, certificate, "\(error)")
        }
        do throws(SettingFile.Problem) {
            content.append(try key.readGuarded(atMost: Self.maximumBytes))
        } catch {
            throw unusable(.tlsKey, key, "\(error)")
        }
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(content[0]), let first = chain.first else {
            throw unusable(.tlsCertificate, certificate, "holds no certificate in PEM")
        }
        guard let secret = try? NIOSSLPrivateKey(bytes: content[1], format: .pem) else {
            throw unusable(.tlsKey, key, "holds no private key in PEM, or an encrypted one")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(secret))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        guard let context = try? NIOSSLContext(configuration: configuration) else {
            throw unusable(.tlsKey, key, "is not the key of the certificate in \(certificate.path)")
        }
        let began = Int(first.notValidBefore)
        (self.context, self.chain) = (context, chain)
        self.validity = began...max(began, Int(first.notValidAfter))
    }

    /// Of a file; a chain is a few KiB.
    private static let maximumBytes = 1 << 20

    /// Until when the certificate is valid, for people: 2027-02-20T09:00:00Z.
    var validUntil: String { Self.text(of: self.validity.upperBound) }

    /// Why clients refuse the certificate at a time; nil if they do not.
    func objection(at now: Int) -> String? {
        if now > self.validity.upperBound { return "has expired at \(self.validUntil)" }
        if now < self.validity.lowerBound { return "is not valid before \(Self.text(of: self.validity.lowerBound))" }
        return nil
    }

    private static func text(of time: Int) -> String {
        var (time, parts, text) = (time_t(time), tm(), [CChar](repeating: 0, count: 32))
        gmtime_r(&time, &parts)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
