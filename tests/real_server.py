"""What tests in Python share: a nats-server of their own, the `nats` command line beside it, waiting and expecting."""
import json
import os
import pathlib
import re
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def servers():
    """The folder that tests/get-servers.sh fills."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    return pathlib.Path(os.environ.get("JETKEEP_SERVERS") or cache / "jetkeep/servers")


def expect(condition, what):
    """One step of a test: prints what holds, or ends the test with it."""
    if not condition:
        raise AssertionError(what)
    print(f"ok: {what}", flush=True)


def wait_for(what, condition, seconds=60):
    """The condition's first result that counts as true."""
    end = time.monotonic() + seconds
    while not (last := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)
    return last


class Server:
    """A nats-server with JetStream on a free port of 127.0.0.1, with its store in `folder`; `with` ends it."""

    def __init__(self, version, folder):
        self.process = subprocess.Popen(
            [servers() / version / "nats-server", "-a", "127.0.0.1", "-p", "-1", "-js", "-sd", folder / "store",
             "--ports_file_dir", folder], stderr=subprocess.DEVNULL)
        self.url = wait_for("the server starts", lambda: re.search(
            r"nats://127\.0\.0\.1:\d+", "".join(file.read_text() for file in folder.glob("*.ports"))))[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def nats(self, *arguments):
        return subprocess.run([servers() / "nats-0.5.1/nats", "--no-context", "--server", self.url, *arguments],
                              check=True, capture_output=True, text=True).stdout

    def add(self, stream, count):
        self.nats("stream", "add", stream, "--subjects", f"{stream}.>", "--defaults")
        self.publish(stream, count)

    def publish(self, stream, count):
        self.nats("pub", f"{stream}.new", stream + " {{Count}} {{Random 10 200}}", "--count", str(count), "--quiet")
        wait_for("messages arrive", lambda: self.state(stream)["last_seq"] >= count)

    def state(self, stream):
        return json.loads(self.nats("stream", "info", stream, "--json"))["state"]

    def remove(self, stream):
        self.nats("stream", "rm", stream, "-f")
