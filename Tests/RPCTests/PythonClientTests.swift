// Python's stock grpcio against our server, in one process per run. Where Python or grpcio is not
// installed the test is skipped, and says so.

import Testing

@testable import RPC

#if canImport(Glibc)
    import Glibc
#endif

enum Python {
    /// The interpreter of `RANKWIRE_PYTHON`, else the project's own environment.
    static let path: String = {
        if let path = getenv("RANKWIRE_PYTHON") { return String(cString: path) }
        return ".venv/bin/python"
    }()

    static let hasGRPC: Bool = run(["-c", "import grpc"])?.code == 0

    /// Runs the interpreter; nil when it cannot be started.
    static func run(_ arguments: [String]) -> (code: Int32, output: String)? {
        if access(path, X_OK) != 0 { return nil }
        let quoted = ([path] + arguments).map { argument in
            "'"
                + argument.split(separator: "'", omittingEmptySubsequences: false)
                .joined(separator: "'\\''") + "'"
        }
        guard let pipe = popen(quoted.joined(separator: " ") + " 2>&1", "r") else { return nil }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = fread(&buffer, 1, buffer.count, pipe)
            if count == 0 { break }
            output += buffer.prefix(count)
        }
        return (pclose(pipe), String(decoding: output, as: UTF8.self))
    }
}

@Suite(.timeLimit(.minutes(2))) struct PythonClientTests {
    private static let script = """
        import sys, grpc
        raw = lambda b: b
        def calls(target):
            channel = grpc.insecure_channel(target)
            unary = channel.unary_unary("/test.Echo/Unary", raw, raw)
            for n in (0, 1, 70_000, 3_000_000):
                assert unary(b"x" * n, timeout=20) == b"x" * n
            both = channel.stream_stream("/test.Echo/Both", raw, raw)
            sent = [bytes([i]) * (i * 997) for i in range(100)]
            assert list(both(iter(sent), timeout=20)) == sent
            up = channel.stream_unary("/test.Echo/Length", raw, raw)
            assert up(iter([b"a" * 1000] * 500), timeout=20) == b"500000"
            down = channel.unary_stream("/test.Echo/Countdown", raw, raw)
            assert sum(map(len, down(b"2000", timeout=20))) == 2_000_000
            def failure(path, message=b"", **options):
                try:
                    channel.unary_unary(path, raw, raw)(message, **options)
                except grpc.RpcError as error:
                    return error
                raise AssertionError("no error from " + path)
            error = failure("/test.Echo/Fail", "5 wie schön %".encode())
            assert error.code() is grpc.StatusCode.NOT_FOUND and error.details() == "wie schön %"
            trailers = {m.key: m.value for m in error.trailing_metadata()}
            assert trailers["grpc-status-details-bin"] == bytes([8, 1, 255])
            assert failure("/a.B/C").code() is grpc.StatusCode.UNIMPLEMENTED
            assert failure("/test.Echo/Silent", timeout=0.05).code() \\
                is grpc.StatusCode.DEADLINE_EXCEEDED
            assert failure("/test.Echo/Unary", b"x" * 5_000_000).code() \\
                is grpc.StatusCode.RESOURCE_EXHAUSTED
            metadata = channel.unary_unary("/test.Echo/Metadata", raw, raw)
            reply, call = metadata.with_call(
                b"", metadata=(("x-a", "1"), ("x-echo-bin", bytes([0, 255]))))
            assert b"x-a=1" in reply
            assert ("x-echo-bin", bytes([0, 255])) in [tuple(m) for m in call.initial_metadata()]
            assert ("x-echo-bin", bytes([0, 255])) in [tuple(m) for m in call.trailing_metadata()]
            zipped = channel.unary_unary("/test.Echo/Gzip", raw, raw)
            for how in (grpc.Compression.Gzip, grpc.Compression.Deflate):
                assert zipped(b"q" * 100_000, compression=how) == b"q" * 100_000
            pending = channel.unary_unary("/test.Echo/Silent", raw, raw).future(b"")
            pending.cancel()
            stream = both(iter([b"1"]))
            assert next(stream) == b"1"
            stream.cancel()
            assert unary(b"end") == b"end"
            channel.close()
        for target in sys.argv[1:]:
            calls(target)
        print("all good")
        """

    @Test(.enabled(if: Python.hasGRPC, "no Python with grpcio at RANKWIRE_PYTHON or .venv"))
    func stockGRPCInPythonWorksOverBothKindsOfSocket() throws {
        let server = try RunningServer()
        let run = try #require(
            Python.run([
                "-c", Self.script, "127.0.0.1:\(server.port)", "unix:\(server.socketPath)",
            ]))
        #expect(run.output == "all good\n")
        #expect(run.code == 0)
        // Two calls were late, and up to four were cancelled: none is left behind.
        #expect(eventually { server.counters.openConnections == 0 })
        #expect(server.log.all.filter { $0 == .connectionLost }.isEmpty)
        server.stop()
    }
}
