internal import ArgumentParser

extension ExitCode {
    /// It is done, but something that was there is not there any more.
    static let somethingLost = ExitCode(2)
    /// There is no such run or sandbox.
    static let noSuchRun = ExitCode(3)
    /// The run is there, but nothing of it in that window.
    static let nothingInWindow = ExitCode(4)
}
