#if canImport(Glibc)
    private import Glibc
#endif

/// What `top -H` calls a thread.
public enum ThreadName {
    /// Names the calling thread, by the file that proc(5) has for it: the header that declares
    /// `pthread_setname_np` does so for GNU C alone. The system keeps 15 bytes.
    public static func set(_ name: String) {
        // Where there is no such file, the thread is called what the process is.
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        if file < 0 { return }
        _ = write(file, name, name.utf8.count)
        close(file)
    }
}
