/// The client's address in the header that a trusted proxy adds to a request. Pure functions of the header's lines.
package enum ForwardedFor {
    /// Why a trusted proxy's request is refused.
    package enum Problem: Error, Hashable, Sendable {
        /// Fewer entries than trusted hops: the request did not come the way that is configured.
        case missing
        /// The entry is no address, or the header cannot be read.
        case malformed
    }

    /// Counts entries from the right: the last is what the proxy next to us saw; what stands further left than the trusted hops is whatever
    /// the client sent, and is not looked at.
    ///
    /// - Parameters:
    ///   - lines: The values of the header, in order.
    ///   - hops: At least 1.
    package static func client(
        in lines: [String], _ header: ForwardedHeader, hops: Int
    ) throws(Problem) -> ClientAddress {
        let entries: [String]
        switch header {
        case .xForwardedFor: entries = self.entries(lines)
        case .forwarded: entries = try self.forEntries(lines)
        }
        guard entries.count >= hops else { throw .missing }
        guard let address = self.address(entries[entries.count - hops]) else { throw .malformed }
        return address
    }

    /// By bytes. Some letters make one character with the comma behind them: a client that sends one would hide what the proxy appends.
    private static func entries(_ lines: [String]) -> [String] {
        lines.flatMap { line in
            line.utf8.split(separator: UInt8(ascii: ",")).map { Self.trimmed($0) }.filter { !$0.isEmpty }
        }
    }

    private static func trimmed(_ text: Substring.UTF8View) -> String {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let front = text.drop(while: isSpace)
        return String(Substring(front[..<(front.lastIndex { !isSpace($0) }.map(front.index(after:)) ?? front.startIndex)]))
    }

    /// An address with or without a port; an IPv6 address with a port has brackets.
    private static func address(_ text: String) -> ClientAddress? {
        if let address = IPAddress(text) { return .internet(address, port: 0) }
        guard !text.hasSuffix(":"), let authority = Authority(text), authority.isAddress,
            let port = UInt16(authority.port.isEmpty ? "0" : authority.port)
        else { return nil }
        return IPAddress(authority.host.filter { !"[]".contains($0) }).map { .internet($0, port: port) }
    }
}

// MARK: - Forwarded

extension ForwardedFor {
    /// The `for` of each element of RFC 7239's header; an empty string for an element without one.
    ///
    /// Strict, and from the left: a quotation mark that a client leaves open makes the whole header unreadable, and cannot take in what the
    /// proxies have appended.
    private static func forEntries(_ lines: [String]) throws(Problem) -> [String] {
        var scanner = ForwardedScanner(lines.joined(separator: ","))
        var entries: [String] = []
        while let element = try scanner.nextElement() { entries.append(element) }
        return entries
    }
}

/// Reads `for=192.0.2.1;proto=https, for="[2001:db8::1]:4711"` element by element.
private struct ForwardedScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) { self.rest = text[...].utf8 }

    /// The `for` of the next element; nil at the end.
    mutating func nextElement() throws(ForwardedFor.Problem) -> String? {
        self.skip { Self.isSpace($0) || $0 == UInt8(ascii: ",") }
        guard !self.rest.isEmpty else { return nil }
        var found: String?
        repeat {
            let name = self.take(while: Self.isTokenByte)
            guard !name.isEmpty, self.rest.popFirst() == UInt8(ascii: "=") else { throw .malformed }
            let value = try self.value()
            if name.lowercased() == "for" {
                guard found == nil else { throw .malformed }
                found = value
            }
            self.skip(while: Self.isSpace)
        } while try self.hasPair()
        return found ?? ""
    }

    /// Whether another pair of the same element follows.
    private mutating func hasPair() throws(ForwardedFor.Problem) -> Bool {
        switch self.rest.popFirst() {
        case nil, UInt8(ascii: ","): return false
        case UInt8(ascii: ";"):
            self.skip(while: Self.isSpace)
            return true
        default: throw .malformed
        }
    }

    private mutating func value() throws(ForwardedFor.Problem) -> String {
        guard self.rest.first == UInt8(ascii: "\"") else {
            // Brackets and colons need quotation marks, but not everybody writes them.
            return self.take { Self.isTokenByte($0) || "[]:".utf8.contains($0) }
        }
        self.rest.removeFirst()
        var text: [UInt8] = []
        while let byte = self.rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") {
                guard let escaped = self.rest.popFirst() else { break }
                text.append(escaped)
            } else {
                text.append(byte)
            }
        }
        throw .malformed
    }

    private mutating func take(while isWanted: (UInt8) -> Bool) -> String {
        let taken = self.rest.prefix(while: isWanted)
        self.rest = self.rest.dropFirst(taken.count)
        return String(decoding: taken, as: UTF8.self)
    }

    private mutating func skip(while isWanted: (UInt8) -> Bool) { self.rest = self.rest.drop(while: isWanted) }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// RFC 9110 section 5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
