import RelayClient
import RelayWire

/// A Swift type that can be the value of a field or an event.
public protocol RelayValue {
    /// The same value in the protocol's form.
    var relayValue: Value { get }
}

extension Value: RelayValue {
    public var relayValue: Value { self }
}
extension Bool: RelayValue {
    public var relayValue: Value { .bool(self) }
}
extension Int: RelayValue {
    public var relayValue: Value { .integer(Int64(self)) }
}
extension Int64: RelayValue {
    public var relayValue: Value { .integer(self) }
}
extension Double: RelayValue {
    public var relayValue: Value { .float(self) }
}
extension Float: RelayValue {
    public var relayValue: Value { .float(Double(self)) }
}
extension String: RelayValue {
    public var relayValue: Value { .string(self) }
}
extension [UInt8]: RelayValue {
    public var relayValue: Value { .bytes(self) }
}

/// Writes to one entity. Cheap to make, and valid across reconnects: `game.me[0]` always refers to our current seat.
public struct EntityWriter: Sendable {
    let driver: GameDriver
    let target: EntityTarget

    /// Sets a field. Makes the entity if it does not exist and is ours or the room's.
    ///
    /// - Parameters:
    ///   - name: 1–64 bytes of UTF-8.
    ///   - value: Numbers must be finite. A field with a quantum rounds them to its steps.
    /// - Returns: Whether it was accepted. A later refusal by the relay comes in ``GameTick/results``.
    /// - Complexity: O(pending fields of this entity). Takes a lock shared with the event loop.
    @discardableResult
    public func set(_ name: String, _ value: some RelayValue) -> WriteOutcome {
        let value = value.relayValue
        return self.driver.write { $0.set(self.target, name, value) }
    }

    /// Writes a value. Only fields that differ from what the relay has, or is about to have, travel. Makes the entity if it does not
    /// exist and is ours or the room's.
    ///
    /// A field that the relay refused, or that somebody else has changed since, travels again with the next write.
    ///
    /// - Parameter value: Its properties are the fields: ``RelayEntity`` has the rule.
    /// - Returns: Whether it was accepted. A number that is not finite refuses the whole value. A later refusal by the relay comes
    ///   in ``GameTick/results``.
    /// - Complexity: O(fields). Takes a lock shared with the event loop.
    @discardableResult
    public func write(_ value: some RelayEntity) -> WriteOutcome {
        let fields = FieldEncoder.fields(of: value)
        return self.driver.write { $0.write(self.target, fields) }
    }

    /// Makes the entity without fields, if it does not exist.
    @discardableResult
    public func create() -> WriteOutcome { self.driver.write { $0.create(self.target) } }

    /// Removes the entity.
    @discardableResult
    public func remove() -> WriteOutcome { self.driver.write { $0.remove(self.target) } }

    /// Sets a field if it has the expected value at the relay. An absent field counts as null.
    ///
    /// - Returns: A ticket that comes back in ``GameTick/results`` with ``ResultCode/succeeded`` or
    ///   ``ResultCode/valueDiffers``; nil if it was refused here.
    public func compareAndSet(_ name: String, expected: some RelayValue, new: some RelayValue) -> UInt64? {
        let (expected, new) = (expected.relayValue, new.relayValue)
        return self.driver.write { session in
            let (ticket, outcome) = session.compareAndSet(self.target, name, expected: expected, new: new)
            return outcome == .accepted ? ticket : nil
        }
    }
}

/// Gives access to the entities of a namespace by number, for writing.
public struct EntityNamespace: Sendable {
    let driver: GameDriver
    let make: @Sendable (UInt16) -> EntityTarget

    /// The entity with this number.
    public subscript(number: UInt16) -> EntityWriter { EntityWriter(driver: self.driver, target: self.make(number)) }

    /// Writes a value to entity 0: ``EntityWriter/write(_:)``.
    @discardableResult
    public func write(_ value: some RelayEntity) -> WriteOutcome { self[0].write(value) }
}
