import Foundation

/// Where the parked thread says that it is.
// Written before the handler that reads it is installed, and never again.
private nonisolated(unsafe) var parkedWriteEnd: Int32 = -1

/// Makes this thread the only one of its process that signals reach, with an empty mask, as the main
/// thread of a program without others is.
///
/// An exit test's body runs beside a main thread that Dispatch keeps waiting with no signal blocked. It
/// would take every signal that is sent to the process, and the system drops a `SIGCHLD` that some
/// thread would ignore. So that thread is sent into a handler from which it does not return, with all
/// signals blocked.
func becomeSoleReceiver() {
    var ends: [Int32] = [0, 0]
    check(unsafe pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    unsafe parkedWriteEnd = ends[1]
    var park = sigaction()
    let handler: @convention(c) (Int32) -> Void = { _ in
        var byte: UInt8 = 1
        _ = unsafe write(parkedWriteEnd, &byte, 1)
        while true { pause() }
    }
    #if canImport(Darwin)
        unsafe park.__sigaction_u.__sa_handler = handler
    #else
        unsafe park.__sigaction_handler.sa_handler = handler
    #endif
    unsafe sigfillset(&park.sa_mask)
    var all = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, nil)
    check(unsafe sigaction(SIGUSR2, &park, nil) == 0)
    kill(getpid(), SIGUSR2)
    var byte: UInt8 = 0
    check(unsafe read(ends[0], &byte, 1) == 1)
    signal(SIGUSR2, SIG_DFL)
    for end in ends { close(end) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
}
