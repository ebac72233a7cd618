"""Servers, services and measured commands, each in processes of its own."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

TICKS = os.sysconf("SC_CLK_TCK")
HERE = os.path.dirname(os.path.abspath(__file__))


class Measured:
    """Wall and CPU seconds of one command, and what it printed."""

    def __init__(self, wall, cpu, output):
        self.wall, self.cpu, self.output = wall, cpu, output


def run(command, env=None, beside=None, timeout=3600):
    """Runs a command to its end. CPU time is the command's and, if given, that of the service `beside` it."""
    cpu_before = beside.cpu() if beside else 0.0
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
    output = child.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{' '.join(command)[:300]} ended with {child.returncode}:\n{output[-2000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    if beside:
        cpu += beside.cpu() - cpu_before
    return Measured(wall, cpu, output)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port, process, what):
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{what} does not listen")


class Process:
    def __init__(self, command, log):
        self.log = open(log, "ab")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def peak_memory(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Server(Process):
    """A nats-server with JetStream, with a store of its own in `folder`."""

    def __init__(self, binary, folder):
        os.makedirs(folder, exist_ok=True)
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        config = os.path.join(folder, "server.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(f'listen: "127.0.0.1:{self.port}"\n'
                       f'jetstream {{ store_dir: "{folder}/store", max_file_store: 200GB }}\n')
        super().__init__([binary, "-c", config], os.path.join(folder, "server.log"))
        await_port(self.port, self.process, binary)


class Service(Process):
    """`jetkeep serve` over a repository in `folder`."""

    def __init__(self, binary, url, folder, compression="default", prefix="bench"):
        self.binary, self.url, self.prefix = binary, url, prefix
        self.repository = os.path.join(folder, "repository")
        os.makedirs(folder, exist_ok=True)
        super().__init__([binary, "serve", "--no-context", "--server", url, "--repository", self.repository,
                          "--compression", compression, "--prefix", prefix], folder + ".log")
        for _ in range(100):
            try:
                self.command("status")
                return
            except RuntimeError:
                time.sleep(0.05)
        self.stop()
        with open(folder + ".log", encoding="utf-8") as log:
            raise RuntimeError("jetkeep serve does not answer:\n" + log.read()[-2000:])

    def command(self, *arguments):
        return run([self.binary, "--no-context", "--server", self.url, "--prefix", self.prefix, "--json", "--timeout",
                    "20s", *arguments], beside=self)

    def forget(self, output):
        """Deletes the backup of an event, so that the next one is not incremental."""
        # In paired runs of two versions the older one may lack these flags, and then needs none.
        help_text = run([self.binary, "delete", "--help"]).output
        flags = [flag for flag in ("--yes", "--last") if flag in help_text]
        self.command("delete", *flags, json.loads(output)["backup"])


class DelayProxy(Process):
    def __init__(self, port, round_trip_ms, folder):
        log = os.path.join(folder, "proxy.log")
        if os.path.exists(log):
            os.remove(log)
        super().__init__([sys.executable, os.path.join(HERE, "delay_proxy.py"), str(port), str(round_trip_ms)], log)
        for _ in range(100):
            with open(log, encoding="ascii") as file:
                text = file.read()
            if text.endswith("\n"):
                self.url = f"nats://127.0.0.1:{int(text)}"
                return
            time.sleep(0.05)
        raise RuntimeError("the delaying proxy does not listen")


def folder_bytes(folder, without=()):
    total = 0
    for root, _, names in os.walk(folder):
        total += sum(os.path.getsize(os.path.join(root, name)) for name in names if name not in without)
    return total


def fresh_folder(*parts):
    folder = os.path.join(*parts)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder
