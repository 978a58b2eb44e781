import Glibc

/// Counts what the calling thread allocates through the Swift runtime, by the hook that the runtime keeps for instruments.
///
/// Sees objects, array buffers and closures; not `UnsafeMutablePointer.allocate`.
enum AllocationCounter {
    typealias Allocate = @convention(c) (UnsafeRawPointer?, Int, Int) -> UnsafeMutableRawPointer?

    nonisolated(unsafe) private static var original: Allocate?
    nonisolated(unsafe) private static var thread: pthread_t = 0
    nonisolated(unsafe) private static var count = 0

    private static let counting: Allocate = { metadata, size, mask in
        if pthread_self() == AllocationCounter.thread { AllocationCounter.count += 1 }
        return AllocationCounter.original?(metadata, size, mask)
    }

    /// Allocations of `body`; nil where the runtime is linked so that its hooks cannot be found. Not for two tests at once.
    static func count(_ body: () -> Void) -> Int? {
        guard let program = dlopen(nil, RTLD_NOW), let hook = dlsym(program, "_swift_allocObject"),
            let flag = dlsym(program, "_swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly")
        else { return nil }
        let function = hook.assumingMemoryBound(to: Allocate.self)
        let enabled = flag.assumingMemoryBound(to: Bool.self)
        let replacement = self.counting
        self.original = function.pointee
        (self.thread, self.count) = (pthread_self(), 0)
        function.pointee = replacement
        enabled.pointee = true
        body()
        enabled.pointee = false
        if let original = self.original { function.pointee = original }
        self.thread = 0
        return self.count
    }
}
