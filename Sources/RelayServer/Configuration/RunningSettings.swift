/// What a running relay has taken over, which a reload is judged by: a setting that needs a restart stays what it was at the start.
package struct RunningSettings: Sendable {
    /// Those of the start.
    let first: ServerConfiguration
    /// Those of the last reload, or of the start.
    private(set) var latest: ServerConfiguration

    package init(_ first: ServerConfiguration) { (self.first, self.latest) = (first, first) }

    /// A reload has taken these over.
    package mutating func adopt(_ configuration: ServerConfiguration) { self.latest = configuration }
}
