/// Spreads the return of clients that are sent away together: 2,000 a second.
package enum ReturnSpread {
    /// - Parameter place: From 0 on, in the order in which clients are sent away.
    package static func milliseconds(place: Int) -> Int { place / 2 }
}
