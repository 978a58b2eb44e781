/// Why an answer is not taken. One sentence, without a full stop.
package struct SetupRefusal: Error, Equatable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
