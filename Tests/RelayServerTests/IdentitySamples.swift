import Glibc
import RelayServer

/// Certificates and keys for tests, which nobody trusts: self-signed, in files of their own.
final class IdentitySamples: Sendable {
    private let place: TemporaryDirectory
    var directory: String { self.place.path }

    var certificate: String { "\(self.directory)/good.pem" }
    var key: String { "\(self.directory)/good.key" }
    /// One that was valid in January 2020, and its key.
    var expired: String { "\(self.directory)/old.pem" }
    var expiredKey: String { "\(self.directory)/old.key" }

    init() throws {
        self.place = try TemporaryDirectory()
        for (name, text) in Self.files { try self.write(text, to: name) }
    }

    /// The good pair in the place of another one, or the other way round.
    func replace(_ name: String, by other: String) throws {
        try self.write(Self.files.first { $0.0 == other }?.1 ?? other, to: name)
    }

    private func write(_ text: String, to name: String) throws {
        let path = "\(self.directory)/\(name)"
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        defer { close(descriptor) }
        guard text.withCString({ Glibc.write(descriptor, $0, strlen($0)) }) == text.utf8.count else {
            throw RawClient.Failure(what: "write \(path): errno \(errno)")
        }
    }

    private static let files = [
        (
            "good.pem",
            """
            -----BEGIN CERTIFICATE-----
            MIIBGzCBwQIUHsY0rJuH34aKSaHnEXYSt3CaTwowCgYIKoZIzj0EAwIwDzENMAsG
            A1UEAwwEdGVzdDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowDzEN
            MAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNA+vZxEDEwF
            gIM1xFJ1O4nqukfheb3eJQBjsQ0mDApqoGJm3WCQvvEaJqnnUJKcdz/j69SBFlTu
            QxLRajE9njYwCgYIKoZIzj0EAwIDSQAwRgIhAK+OuNIQK8IW7DxV9jJ7sbwslq4J
            SeXKHu8jSs3vhF/VAiEAzZPbLJa5M6mOoYbtlzBtzBIKG499hO7HBUbsXj8k5X8=
            -----END CERTIFICATE-----

            """
        ),
        (
            "good.key",
            """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQga+SEK01HHD7ez6ab
            gmmCfRmJGG3GK+hbO0OsjKBoZ6mhRANCAATQPr2cRAxMBYCDNcRSdTuJ6rpH4Xm9
            3iUAY7ENJgwKaqBiZt1gkL7xGiap51CSnHc/4+vUgRZU7kMS0WoxPZ42
            -----END PRIVATE KEY-----

            """
        ),
        (
            "old.pem",
            """
            -----BEGIN CERTIFICATE-----
            MIIBFjCBvQIUQ9myeRdkY/3iMRhtuyt7ixVZOT4wCgYIKoZIzj0EAwIwDjEMMAoG
            A1UEAwwDb2xkMB4XDTIwMDEwMTAwMDAwMFoXDTIwMDIwMTAwMDAwMFowDjEMMAoG
            A1UEAwwDb2xkMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmY+RilNKyy/T+5s7
            H2W+pYmZjFFdL7p1P9cf2hr0spOjluImxmYAksw5cel/lgD24WZW74eqwyuIzWsH
            uHPTQDAKBggqhkjOPQQDAgNIADBFAiBHYg7ukWOWYILhSo+4i/9cpmmiuNZWD+CK
            AOI3lGgKKgIhAMiUv+FWjkw1BhkQ727rnCImYuanN15jZwIcQm7yxWP1
            -----END CERTIFICATE-----

            """
        ),
        (
            "old.key",
            """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQqN8oJ8pTPmErJj8
            9DbRbB58BYHopCqAxTCIjiY4ky+hRANCAASZj5GKU0rLL9P7mzsfZb6liZmMUV0v
            unU/1x/aGvSyk6OW4ibGZgCSzDlx6X+WAPbhZlbvh6rDK4jNawe4c9NA
            -----END PRIVATE KEY-----

            """
        ),
    ]
}
