/// Names of the fields and events that a player writes, the same in every room.
enum FieldNames {
    static let sequence = "seq"
    static let payload = "data"
    static let event = "said"
}
