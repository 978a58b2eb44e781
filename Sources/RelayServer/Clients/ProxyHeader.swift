/// The header of the PROXY protocol, versions 1 and 2 (HAProxy, "The PROXY protocol"). Decoded without I/O.
package struct ProxyHeader: Hashable, Sendable {
    /// Whose connection it is.
    package enum Client: Hashable, Sendable {
        case address(ClientAddress)
        /// The proxy's own (LOCAL: a health check), or one that it cannot name (UNKNOWN, AF_UNSPEC).
        case proxyItself
    }

    /// Why the first bytes of a connection are refused.
    package enum Problem: Error, Hashable, Sendable {
        /// They begin no header.
        case missing
        case malformed
        /// Longer than ``maximumTextBytes`` or ``maximumBinaryBytes``.
        case tooLong
    }

    package var client: Client
    /// Of the header; what follows is the client's.
    package var byteCount: Int

    package init(client: Client, byteCount: Int) { (self.client, self.byteCount) = (client, byteCount) }

    /// Of version 1, its CRLF included.
    package static let maximumTextBytes = 107
    /// Of version 2, its TLVs included. HAProxy's own bound of what it sends is below.
    package static let maximumBinaryBytes = 2048

    static let textSignature = Array("PROXY ".utf8)
    static let binarySignature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    /// Whether bytes begin with a header's signature.
    static func begins(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: self.textSignature) || bytes.starts(with: self.binarySignature)
    }

    /// Reads a header at the beginning of a connection.
    ///
    /// - Parameter bytes: All that has come so far.
    /// - Returns: Nil if the header is not complete. At most ``maximumBinaryBytes`` are ever waited for.
    package static func read(_ bytes: [UInt8]) throws(Problem) -> ProxyHeader? {
        if bytes.starts(with: self.binarySignature) { return try self.readBinary(bytes) }
        if bytes.starts(with: self.textSignature) { return try self.readText(bytes) }
        guard self.binarySignature.starts(with: bytes) || self.textSignature.starts(with: bytes) else { throw .missing }
        return nil
    }
}

// MARK: - Version 1

extension ProxyHeader {
    private static func readText(_ bytes: [UInt8]) throws(Problem) -> ProxyHeader? {
        let (carriageReturn, lineFeed) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
        guard let end = bytes.prefix(self.maximumTextBytes).firstIndex(where: { $0 == carriageReturn || $0 == lineFeed }) else {
            if bytes.count >= self.maximumTextBytes { throw .tooLong }
            return nil
        }
        guard bytes[end] == carriageReturn else { throw .malformed }
        guard end + 1 < self.maximumTextBytes else { throw .tooLong }
        guard end + 1 < bytes.count else { return nil }
        guard bytes[end + 1] == lineFeed, bytes[..<end].allSatisfy({ (0x20...0x7E).contains($0) }) else { throw .malformed }
        let words = String(decoding: bytes[self.textSignature.count..<end], as: UTF8.self)
            .split(separator: " ", omittingEmptySubsequences: false)
        return ProxyHeader(client: try self.client(of: words), byteCount: end + 2)
    }

    private static func client(of words: [Substring]) throws(Problem) -> Client {
        // Whatever follows UNKNOWN is to be ignored.
        if words.first == "UNKNOWN" { return .proxyItself }
        let isV6 = words.first == "TCP6"
        guard words.count == 5, isV6 || words[0] == "TCP4",
            words[1...2].allSatisfy({ IPAddress($0) != nil && $0.utf8.contains(UInt8(ascii: ":")) == isV6 }),
            let source = IPAddress(words[1]), let port = self.port(words[3]), self.port(words[4]) != nil
        else { throw .malformed }
        return .address(.internet(source, port: port))
    }

    /// Decimal, without a sign or zeros in front.
    private static func port(_ text: Substring) -> UInt16? {
        guard let number = UInt16(text), "\(number)" == text else { return nil }
        return number
    }
}

// MARK: - Version 2

extension ProxyHeader {
    private static let fixedByteCount = 16

    private static func readBinary(_ bytes: [UInt8]) throws(Problem) -> ProxyHeader? {
        guard bytes.count >= self.fixedByteCount else { return nil }
        guard bytes[12] >> 4 == 2 else { throw .malformed }
        let byteCount = self.fixedByteCount + (Int(bytes[14]) << 8 | Int(bytes[15]))
        guard byteCount <= self.maximumBinaryBytes else { throw .tooLong }
        guard bytes.count >= byteCount else { return nil }
        let body = bytes[self.fixedByteCount..<byteCount]
        switch bytes[12] & 15 {
        case 0: return ProxyHeader(client: .proxyItself, byteCount: byteCount)
        case 1: return ProxyHeader(client: try self.client(in: body, family: bytes[13]), byteCount: byteCount)
        default: throw .malformed
        }
    }

    private static func client(in body: ArraySlice<UInt8>, family: UInt8) throws(Problem) -> Client {
        func checked(_ client: Client, _ addressBytes: Int) throws(Problem) -> Client {
            guard body.count >= addressBytes else { throw .malformed }
            try self.checkExtensions(body.dropFirst(addressBytes))
            return client
        }
        func internet(_ size: Int) throws(Problem) -> Client {
            guard body.count >= 2 * size + 4, let source = IPAddress(body.prefix(size)) else { throw .malformed }
            let port = body.dropFirst(2 * size).prefix(2).reduce(UInt16(0)) { $0 << 8 | UInt16($1) }
            return try checked(.address(.internet(source, port: port)), 2 * size + 4)
        }
        switch family {
        case 0x00: return .proxyItself
        case 0x11: return try internet(4)
        case 0x21: return try internet(16)
        case 0x31: return try checked(.address(.local), 2 * 108)
        default: throw .malformed
        }
    }

    /// Type, length in two bytes, and as many bytes, again and again. Nothing in them is needed.
    private static func checkExtensions(_ bytes: ArraySlice<UInt8>) throws(Problem) {
        var rest = bytes
        while !rest.isEmpty {
            guard rest.count >= 3 else { throw .malformed }
            let length = Int(rest[rest.startIndex + 1]) << 8 | Int(rest[rest.startIndex + 2])
            guard rest.count >= 3 + length else { throw .malformed }
            rest = rest.dropFirst(3 + length)
        }
    }
}
