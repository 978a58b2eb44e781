import RelayWire

extension WireWriter {
    /// Writes a welcome in the JSON form: SPEC section 18.
    package mutating func jsonWelcome(_ welcome: Welcome, room: String) {
        self.ascii("{\"welcome\":{\"room\":")
        self.json(room)
        self.ascii(",\"seat\":")
        self.json(UInt64(welcome.seat.rawValue))
        self.ascii(",\"token\":")
        self.json(JSONToken(token: welcome.token, room: room).text)
        self.number("tick", welcome.tick.rawValue)
        self.number("rate", welcome.rate)
        self.number("stride", welcome.stride)
        self.number("applied", welcome.lastUplink)
        if welcome.uplinkGap { self.ascii(",\"uplinkGap\":true") }
        self.ascii(",\"cause\":")
        self.json(welcome.cause.name)
        self.ascii(",\"roomWrites\":")
        self.json(welcome.roomWrites.jsonName)
        self.ascii(",\"onLeave\":")
        self.json(welcome.departure.jsonName)
        self.jsonLimits(welcome)
        self.ascii("}}")
    }

    private mutating func jsonLimits(_ welcome: Welcome) {
        let timing = welcome.timing
        self.number("maximumAckDelay", timing.maximumAckDelay)
        self.number("heartbeatInterval", timing.heartbeatInterval)
        self.number("stallAfter", timing.stallAfter)
        self.number("graceWindow", timing.graceWindow)
        self.number("seatHold", timing.seatHold)
        self.number("giveUpAfter", timing.giveUpAfter)
        self.number("uplinkBytes", welcome.uplinkBytes)
        self.number("uplinkRate", welcome.uplinkRate)
        self.number("uplinkBurst", welcome.uplinkBurst)
    }

    private mutating func number(_ key: StaticString, _ value: UInt64) {
        self.ascii(",\"")
        self.ascii(key)
        self.ascii("\":")
        self.json(value)
    }
}
