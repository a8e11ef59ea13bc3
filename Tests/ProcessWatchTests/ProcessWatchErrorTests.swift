import Testing

@testable import ProcessWatch

@Suite struct ProcessWatchErrorTests {
    @Test("a queue that the system denies is said to be one")
    func sentence() {
        #expect(
            ProcessWatchError("the queue", errorNumber: 24).description
                == "cannot make the queue that tells of the deaths of processes: Too many open files "
                + "(errno 24); raise the limit of open files (ulimit -n)")
        #expect(
            ProcessWatchError("the waker of the queue", errorNumber: 12).description
                == "cannot make the waker of the queue that tells of the deaths of processes: "
                + "Cannot allocate memory (errno 12); deaths are then noticed by polling only")
    }
}
