import Testing
import RPC
#if canImport(Glibc)
    import Glibc
#endif
@Test func serveForever() throws {
    let server = try RunningServer()
    print("PORT", server.port, server.socketPath)
    fflush(nil)
    sleep(UInt32(getenv("SMOKE_SECONDS").flatMap { UInt32(String(cString: $0)) } ?? 0))
    server.stop()
}
