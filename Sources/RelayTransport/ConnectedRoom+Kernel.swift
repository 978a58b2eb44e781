import RelayCore
import RelayWire

// What the kernel knows about connections.
extension ConnectedRoom {
    /// Asks the kernel about the seats whose acknowledgements are overdue. Costs nothing while there are none.
    package func inspectOverdueSeats() {
        for seat in self.room.overdueSeats {
            guard let id = self.room.connection(of: seat), let pointer = self.pointer(of: id) else { continue }
            if !pointer.pointee.isProbed {
                pointer.pointee.isProbed = true
                pointer.pointee.transport.beginProbing()
            }
            self.sampleKernel(of: pointer)
        }
    }

    /// Gives the room the kernel's figures about all its connections. Only reports need them.
    package func sampleKernel() {
        for pointer in self.readers { self.sampleKernel(of: pointer) }
    }

    private func sampleKernel(of pointer: ConnectionPointer) {
        guard let seat = pointer.pointee.seat, var sample = pointer.pointee.transport.kernelSample() else { return }
        sample.undeliveredBytes += UInt64(pointer.pointee.remainder.unsentBytes)
        // The room counts frames alone, back from the newest.
        sample.undeliveredBytes -= min(sample.undeliveredBytes, UInt64(pointer.pointee.controlBytes))
        self.give(.kernel(sample, of: seat, generation: pointer.pointee.generation))
    }
}
