/// A header whose value is a list, as RFC 9110 section 5.6.1 has it: elements between commas, on one line or several.
package struct HeaderList {
    /// Without the blanks around them; empty ones are left out.
    package let elements: [Substring]

    package init(_ lines: [String]) {
        self.elements = lines.flatMap { $0.split(separator: ",") }.map(Self.trimmed).filter { !$0.isEmpty }
    }

    /// Whether the list has this token, or a wildcard, with a weight (`;q=`) other than 0. What names the token itself wins over a wildcard.
    package func accepts(_ token: String) -> Bool {
        let weighted = self.elements.map { $0.split(separator: ";").map(Self.trimmed) }
        let chosen = weighted.first { $0.first?.lowercased() == token } ?? weighted.first { $0.first == "*" }
        return chosen.map { !$0.dropFirst().contains(where: Self.isZeroWeight) } ?? false
    }

    /// Whether the list has this token itself, whatever its parameters.
    package func names(_ token: String) -> Bool {
        self.elements.contains { $0.split(separator: ";").first.map(Self.trimmed)?.lowercased() == token }
    }

    /// Whether the list has this entity tag, weak or not, or the wildcard: RFC 9110 section 13.1.2.
    func names(entityTag: String) -> Bool {
        self.elements.contains { $0 == "*" || $0 == entityTag || $0 == "W/" + entityTag }
    }

    /// `q=0`, `q=0.`, `q=0.000`.
    private static func isZeroWeight(_ parameter: Substring) -> Bool {
        let text = parameter.lowercased()
        return text.hasPrefix("q=0") && text.dropFirst(3).allSatisfy { $0 == "." || $0 == "0" }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = text.drop(while: isBlank)
        return start[..<(start.lastIndex { !isBlank($0) }.map(start.index(after:)) ?? start.startIndex)]
    }
}
