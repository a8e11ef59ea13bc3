internal import ArgumentParser

extension ExitCode {
    /// There is no such run or sandbox.
    static let noSuchRun = ExitCode(3)
    /// The run is there, but nothing of it in that window.
    static let nothingInWindow = ExitCode(4)
}
