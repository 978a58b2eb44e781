/// Everything that is wrong with a configuration.
package struct InvalidConfiguration: Error, Equatable, CustomStringConvertible {
    /// One thing that is wrong.
    package struct Problem: Hashable, Sendable, CustomStringConvertible {
        package var key: String
        package var value: String
        package var rule: String

        package init(key: String, value: String, rule: String) { (self.key, self.value, self.rule) = (key, value, rule) }

        package var description: String {
            self.value.isEmpty ? "\(self.key): \(self.rule)" : "\(self.key): \(self.value): \(self.rule)"
        }
    }

    /// EX_CONFIG.
    package static let exitCode: Int32 = 78

    /// Not empty. Single settings in documented order, then rules between settings, then problems of the sources (unknown keys).
    package var problems: [Problem]

    package init(problems: [Problem]) { self.problems = problems }

    /// One line each.
    package var description: String { self.problems.map(\.description).joined(separator: "\n") }
}
