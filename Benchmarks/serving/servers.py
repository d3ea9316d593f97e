"""Starts and ends the two servers that measure.py asks, and reads what they say of themselves."""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
CLIENTS = HERE.parent.parent / "clients" / "python" / "src"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(CLIENTS)}
START_SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process that takes connections on `port`."""

    def __init__(self, command, port, log):
        self.port = port
        self.askers_cores = os.sched_getaffinity(0)
        self.log = pathlib.Path(log)
        with self.log.open("w") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env=ENVIRONMENT)

    def wait(self):
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        sys.exit(f"{self.process.args[0]} does not serve: see {self.log}")

    def pin(self):
        """Gives the workers the last core to themselves; who asks goes where the loop is."""
        *others, last = sorted(os.sched_getaffinity(0))
        if not others:
            return
        self.askers_cores = set(others)
        for thread in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            is_worker = (thread / "comm").read_text().startswith("worker")
            os.sched_setaffinity(int(thread.name), {last} if is_worker else self.askers_cores)

    def batch_tokens(self):
        """What the scheduler fills batches up to."""
        return re.search(r"batches of (\d+) tokens", self.log.read_text())[1]

    def memory_kib(self):
        """Resident: what is the process's own, and what it maps from files."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        sizes = dict(re.findall(r"(\w+):\s+(\d+) kB", status))
        return {"own": int(sizes["RssAnon"]), "mapped": int(sizes["RssFile"])}

    def scheduler(self):
        """The scheduler's counters, which the server writes when it has ended."""
        line = re.search(r"scheduler: (.*)", self.log.read_text())
        return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", line[1])}


@contextlib.contextmanager
def running(server):
    """From when it takes connections to the end of the block."""
    try:
        server.wait()
        yield server
    finally:
        server.process.terminate()
        server.process.wait(30)


def rankwired(binaries, bundle, store, log):
    port = free_port()
    return running(Server(
        [binaries / "rankwired", "--listen", f"127.0.0.1:{port}", "--bundle", bundle, "--store",
         store, "--workers", "1", "--set", "limits.maxVectorCacheBytes=0"], port, log))


def python(interpreter, model, onnx, log):
    """batching_server.py with the model's weights as `onnx`, which is made where it is missing."""
    if not onnx.exists():
        subprocess.run([interpreter, HERE / "export_onnx.py", model, onnx], check=True)
    port = free_port()
    return running(Server(
        [interpreter, HERE / "batching_server.py", "--model", onnx, "--tokenizer",
         f"{model}/tokenizer.json", "--port", str(port)], port, log))


@contextlib.contextmanager
def reloading(interpreter, server, seconds, log):
    """Has the server load its bundle anew every `seconds` to the end of the block."""
    with pathlib.Path(log).open("w") as out:
        process = subprocess.Popen(
            [interpreter, HERE / "reload.py", f"127.0.0.1:{server.port}", str(seconds)],
            stdout=out, stderr=subprocess.STDOUT, env=ENVIRONMENT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)
