"""Measures Jetkeep beside the limit and beside the `nats` CLI; called by run.sh, see README.md."""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from picture import draw
from processes import DelayProxy, Server, Service, folder_bytes, fresh_folder, run

MEMORY_LIMIT = 64 << 20

# name: (form of the messages, messages, bytes of each, subjects or keys, divisor for --short)
KINDS = {
    "json": ("json", 200_000, 4096, 1000, 200),
    "small": ("json", 1_000_000, 128, 100, 200),
    "noise": ("noise", 100_000, 4096, 100, 200),
    "kv": ("kv", 1_000_000, 128, 100_000, 200),
    "json-100MB": ("json", 25_000, 4096, 1000, 50),
    "json-5GB": ("json", 320_000, 16384, 1000, 1000),
    "small-10M": ("json", 10_000_000, 128, 100, 2000),
}
MEMORY_ONLY = {"small-10M"}
DELAYED = {"json-100MB"}
MANY_STREAMS, MANY_MESSAGES, LISTED = 2000, 200, 10_000
AT_ONCE = 8  # as many as Jetkeep takes


class Bench:
    def __init__(self, options):
        self.options = options
        self.jetkeep = os.path.abspath(options.jetkeep)
        self.peer = os.path.abspath(options.peer)
        self.cli = options.cli
        self.work = tempfile.mkdtemp(prefix="jetkeep-bench-", dir=options.work)
        self.environment = {**os.environ, "HOME": self.work, "XDG_CONFIG_HOME": self.work, "NATS_CONTEXT": ""}
        self.rows, self.figures = self.kept() if options.keep else ([], [])
        self.medians = {}  # of each row, one for each run of this program's measurements

    def results(self):
        return os.path.join(self.options.out, "results.json")

    def kept(self):
        """What earlier runs measured and this one does not."""
        if not os.path.exists(self.results()):
            return [], []
        with open(self.results(), encoding="ascii") as file:
            before = json.load(file)
        kinds, servers = self.options.kinds.split(","), [*self.options.servers.split(","), "-"]
        return tuple([item for item in before[part] if item["kind"] not in kinds or item["server"] not in servers]
                     for part in ("rows", "figures"))

    def binary(self, series):
        return os.path.join(self.options.server_folder, series, "nats-server")

    def row(self, kind, server, measure, values, must):
        """values: one ratio for each round of this run. A row has the range of the runs' medians."""
        medians = self.medians.setdefault((kind, server, measure), [])
        medians.append(statistics.median(values))
        row = {"kind": kind, "server": server, "measure": measure, "ratio": round(statistics.median(medians), 4),
               "must": must, "min": round(min(medians), 4), "max": round(max(medians), 4), "runs": len(medians),
               "rounds": len(values)}
        same = [i for i, other in enumerate(self.rows)
                if (other["kind"], other["server"], other["measure"]) == (kind, server, measure)]
        if same:
            self.rows[same[0]] = row
        else:
            self.rows.append(row)
        print(f"  {measure:<52} {medians[-1]:7.3f}  must {must:<5} [{min(values):.3f} .. {max(values):.3f}]"
              f'{"" if medians[-1] <= must else "  MISSED"}', flush=True)

    def compare(self, kind, server, measure, ours, theirs, must, part="wall"):
        if ours and theirs:
            self.row(kind, server, measure,
                     [getattr(a, part) / max(getattr(b, part), 1e-3) for a, b in zip(ours, theirs)], must)

    def figure(self, kind, server, name, runs):
        """The seconds of the last run."""
        if not runs:
            return
        self.figures = [other for other in self.figures
                        if (other["kind"], other["server"], other["what"]) != (kind, server, name)]
        wall, cpu = (statistics.median(getattr(r, part) for r in runs) for part in ("wall", "cpu"))
        self.figures.append({"kind": kind, "server": server, "what": name, "wall_seconds": round(wall, 3),
                             "client_cpu_seconds": round(cpu, 3)})
        print(f"  {name:<36} wall {wall:8.3f} s   client CPU {cpu:8.3f} s", flush=True)

    def nats(self, url, *arguments):
        return run([self.cli, "--server", url, "--no-context", "--timeout", "60s", *arguments], self.environment)

    def fill(self, server, stream, kind):
        form, messages, size, subjects, divisor = KINDS[kind]
        if self.options.short:
            messages, subjects = messages // divisor, max(subjects // divisor, 1)
        run([self.peer, "fill", server.url, stream, form, str(messages), str(size), str(subjects)])

    # Backups

    def backups(self, kind, version, server, stream):
        """Interleaved rounds of everything that takes a backup; leaves a backup in the default repository."""
        runs = {"null sink": [], "fastest": [], "default": [], "default, by request": [], "nats CLI": []}
        stored = {"fastest": 0, "default": 0, "nats CLI": 0}
        target = os.path.join(self.work, "cli-backup")
        services = {level: Service(self.jetkeep, server.url, os.path.join(self.work, level), level, level)
                    for level in ("fastest", "default")}
        try:
            rounds = 1 if kind in MEMORY_ONLY else self.options.rounds
            for number in range(rounds):
                os.sync()
                runs["null sink"].append(run([self.peer, "sink", server.url, stream]))
                for level, service in services.items():
                    os.sync()
                    taken = service.command("backup", stream)
                    runs[level].append(taken)
                    stored[level] = json.loads(taken.output)["result"]["stored_bytes"]
                    if level == "fastest" or number + 1 < rounds:
                        service.forget(taken.output)
                    if level == "default" and number + 1 < rounds:
                        os.sync()
                        taken = run([self.peer, "ask", server.url, "default.backup.request",
                                     json.dumps({"stream": stream, "wait": True}), "3600"], beside=service)
                        runs["default, by request"].append(taken)
                        service.forget(taken.output)
                if self.cli and kind not in MEMORY_ONLY:
                    shutil.rmtree(target, ignore_errors=True)
                    os.sync()
                    runs["nats CLI"].append(self.nats(server.url, "stream", "backup", stream, target, "--no-progress"))
                    stored["nats CLI"] = folder_bytes(target, {"backup.json"})
            peak = max(service.peak_memory() for service in services.values())
        finally:
            for service in services.values():
                service.stop()
        for name, taken in runs.items():
            self.figure(kind, version, "backup: " + name, taken)
        cli = runs["nats CLI"]
        if kind not in MEMORY_ONLY:
            self.compare(kind, version, "backup, fastest: wall / null sink", runs["fastest"], runs["null sink"], 1.15)
            self.compare(kind, version, "backup, default: wall / null sink", runs["default"], runs["null sink"], 1.5)
            self.compare(kind, version, "backup by request, default: wall / null sink", runs["default, by request"],
                         runs["null sink"], 1.5)
            self.compare(kind, version, "backup, fastest: wall / nats CLI", runs["fastest"], cli, 0.85)
            self.compare(kind, version, "backup, default: wall / nats CLI", runs["default"], cli, 1.0)
            self.compare(kind, version, "backup, fastest: client CPU / nats CLI", runs["fastest"], cli, 0.6, "cpu")
        if cli:
            must = 1.01
            if kind.startswith("json"):
                must = 0.6
            elif kind == "small" and version >= "2.15":
                must = 0.5
            self.row(kind, version, "backup, default: stored / nats CLI", [stored["default"] / stored["nats CLI"]], must)
            self.row(kind, version, "backup, fastest: stored / nats CLI", [stored["fastest"] / stored["nats CLI"]], 1.01)
        self.row(kind, version, "backup: peak memory / 64 MiB", [peak / MEMORY_LIMIT], 1)

    # Restores

    def keep_archive(self, kind, stream, folder):
        """An archive as the older server makes it, which every server unpacks fastest, for the limit sender."""
        with Server(self.binary("2.10"), fresh_folder(self.work, "archive-server")) as server:
            self.fill(server, stream, kind)
            run([self.peer, "sink", server.url, stream, folder])
        shutil.rmtree(os.path.join(self.work, "archive-server"))

    def restores(self, kind, version, stream, archive, delay_ms=0):
        """Interleaved rounds of everything that brings the stream back, into an empty server."""
        runs = {"limit sender": [], "jetkeep": [], "nats CLI": []}
        place = f", {delay_ms} ms away" if delay_ms else ""
        rounds = 1 if kind in MEMORY_ONLY else self.options.rounds
        with Server(self.binary(version), fresh_folder(self.work, "target")) as server:
            proxy = DelayProxy(server.port, delay_ms, self.work) if delay_ms else None
            url = proxy.url if proxy else server.url
            service = Service(self.jetkeep, url, os.path.join(self.work, "default"))
            try:
                def gone():
                    run([self.peer, "ask", server.url, "$JS.API.STREAM.DELETE." + stream, "", "60"])
                    os.sync()

                for _ in range(rounds):
                    if kind not in MEMORY_ONLY:
                        runs["limit sender"].append(run([self.peer, "send", url, stream, archive]))
                        gone()
                    runs["jetkeep"].append(service.command("restore", stream))
                    gone()
                    if self.cli and kind not in MEMORY_ONLY:
                        runs["nats CLI"].append(
                            self.nats(url, "stream", "restore", os.path.join(self.work, "cli-backup"), "--no-progress"))
                        gone()
                peak = service.peak_memory()
            finally:
                service.stop()
                if proxy:
                    proxy.stop()
        for name, taken in runs.items():
            self.figure(kind, version, f"restore{place}: {name}", taken)
        if not delay_ms:
            self.compare(kind, version, "restore: wall / limit sender", runs["jetkeep"], runs["limit sender"], 1.2)
        must = 0.1 if delay_ms else 0.4 if kind == "small" and version >= "2.15" else 0.5
        self.compare(kind, version, f"restore{place}: wall / nats CLI", runs["jetkeep"], runs["nats CLI"], must)
        self.row(kind, version, f"restore{place}: peak memory / 64 MiB", [peak / MEMORY_LIMIT], 1)

    def stream_kind(self, kind, version):
        stream = "KV_BENCH" if KINDS[kind][0] == "kv" else "BENCH"
        archive = fresh_folder(self.work, "archive")
        self.keep_archive(kind, stream, archive)
        with Server(self.binary(version), fresh_folder(self.work, "source")) as server:
            self.fill(server, stream, kind)
            self.backups(kind, version, server, stream)
        shutil.rmtree(os.path.join(self.work, "source"))
        self.restores(kind, version, stream, archive)
        if kind in DELAYED:
            self.restores(kind, version, stream, archive, delay_ms=20)

    def many_streams(self, version):
        count = 20 if self.options.short else MANY_STREAMS
        names = [f"MANY{i}" for i in range(count)]
        ours, theirs, account = [], [], []
        sets, restored, account_restored, taken, given = [], [], [], [], []
        with Server(self.binary(version), fresh_folder(self.work, "source")) as server:
            for name in names:
                run([self.peer, "fill", server.url, name, "json", str(MANY_MESSAGES), "128", "10"])
            archives = fresh_folder(self.work, "archives")
            run([self.peer, "take", server.url, "1", archives])
            for _ in range(self.options.rounds):
                os.sync()
                taken.append(run([self.peer, "take", server.url, str(AT_ONCE)]))
                # One after the other: two restores at once may end a server.
                with Server(self.binary(version), fresh_folder(self.work, "limit-target")) as target_server:
                    os.sync()
                    given.append(run([self.peer, "give", target_server.url, "1", archives]))
                with Service(self.jetkeep, server.url, fresh_folder(self.work, "many")) as service:
                    os.sync()
                    ours.append(service.command("backup", *names))
                    peak = service.peak_memory()
                with Service(self.jetkeep, server.url, fresh_folder(self.work, "set")) as service:
                    os.sync()
                    sets.append(service.command("backup", "--all"))
                    peak = max(peak, service.peak_memory())
                with Server(self.binary(version), fresh_folder(self.work, "target")) as target_server, \
                        Service(self.jetkeep, target_server.url, os.path.join(self.work, "set")) as service:
                    os.sync()
                    restored.append(service.command("restore", "--set", "latest"))
                    peak = max(peak, service.peak_memory())
                if self.cli:
                    target = fresh_folder(self.work, "cli-many")
                    script = 'for s in $STREAMS; do "$0" --server "$1" --no-context stream backup "$s" "$2/$s" ' \
                             '--no-progress || exit 1; done'
                    os.sync()
                    theirs.append(run(["sh", "-c", script, self.cli, server.url, target],
                                      {**self.environment, "STREAMS": " ".join(names)}))
                    os.sync()
                    account.append(self.nats(server.url, "backup", "account", "--force",
                                             fresh_folder(self.work, "cli-account")))
                    with Server(self.binary(version), fresh_folder(self.work, "cli-target")) as target_server:
                        os.sync()
                        account_restored.append(self.nats(target_server.url, "backup", "restore", "account",
                                                          os.path.join(self.work, "cli-account")))
        self.figure("many", version, "all backed up: jetkeep", ours)
        self.figure("many", version, "all backed up: nats stream backup, one by one", theirs)
        self.figure("many", version, "all backed up: nats backup account", account)
        self.compare("many", version, "all backed up: wall / nats stream backup, one by one", ours, theirs, 0.25)
        self.compare("many", version, "all backed up: wall / nats backup account", ours, account, 0.25)
        self.figure("many", version, "all taken: limit", taken)
        self.figure("many", version, "all given: limit", given)
        self.figure("many", version, "a set of all: jetkeep", sets)
        self.figure("many", version, "the set restored: jetkeep", restored)
        self.figure("many", version, "the account restored: nats backup restore account", account_restored)
        self.compare("many", version, "a set of all: wall / nats backup account", sets, account, 0.2)
        self.compare("many", version, "the set restored: wall / nats backup restore account", restored, account_restored, 0.2)
        self.compare("many", version, "a set of all: wall / limit", sets, taken, 1.15)
        self.compare("many", version, "the set restored: wall / limit", restored, given, 1.15)
        self.row("many", version, "backup and restore: peak memory / 64 MiB", [peak / MEMORY_LIMIT], 1)

    def listing(self):
        count = 100 if self.options.short else LISTED
        folder = os.path.join(self.work, "listed")
        run([self.peer, "repository", folder, str(count)])
        runs = [run([self.jetkeep, "list", "--json", "--repository", folder]) for _ in range(self.options.rounds)]
        assert json.loads(runs[0].output)["total"] == count
        self.row("list", "-", f"list over {count} backups: seconds", [r.wall for r in runs], 1)

    def facts(self):
        """What was measured, and when."""
        def said(*command):
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1].lstrip("v")

        return {"date": time.strftime("%Y-%m-%d"), "short": self.options.short, "cores": os.cpu_count(), "jetkeep": said(self.jetkeep, "--version"),
                "nats CLI": said(self.cli, "--version") if self.cli else None,
                "servers": {series: said(self.binary(series), "--version") for series in self.options.servers.split(",")}}

    def run_all(self):
        versions = self.options.servers.split(",")
        for kind in self.options.kinds.split(","):
            for version in ["-"] if kind == "list" else versions:
                print(f"{kind}, {version}", flush=True)
                if kind == "list":
                    self.listing()
                elif kind == "many":
                    self.many_streams(version)
                else:
                    self.stream_kind(kind, version)
                self.save()
                for folder in os.listdir(self.work):
                    shutil.rmtree(os.path.join(self.work, folder), ignore_errors=True)

    def save(self):
        os.makedirs(self.options.out, exist_ok=True)
        with open(self.results(), "w", encoding="ascii") as file:
            json.dump({"facts": self.facts(), "rows": self.rows, "figures": self.figures}, file, indent=1)
        with open(os.path.join(self.options.out, "results.svg"), "w", encoding="utf-8") as file:
            file.write(draw(self.rows))


def usable(cli):
    if not cli:
        return None
    try:
        subprocess.run([cli, "--version"], check=True, capture_output=True)
        return os.path.abspath(shutil.which(cli))
    except (OSError, subprocess.CalledProcessError):
        sys.exit(f"bench: {cli} is no nats CLI")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="tiny sizes, one round: does the harness work?")
    parser.add_argument("--kinds", default=",".join([*KINDS, "many", "list"]))
    parser.add_argument("--servers", default="2.10,2.15")
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement in one run; their median counts")
    parser.add_argument("--runs", type=int, default=1, help="of everything; the range of their medians is the result")
    parser.add_argument("--keep", action="store_true", help="results of other kinds and servers stay in results.json")
    parser.add_argument("--jetkeep", required=True)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--server-folder", required=True)
    parser.add_argument("--cli")
    parser.add_argument("--work", help="folder on the file system to measure on")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    if options.short:
        options.rounds, options.runs = min(options.rounds, 2), min(options.runs, 2)
    options.cli = usable(options.cli)
    if not options.cli:
        print("bench: no nats CLI: comparing with the limits only")
    bench = Bench(options)
    try:
        for number in range(options.runs):
            if options.runs > 1:
                print(f"run {number + 1} of {options.runs}")
            bench.run_all()
    finally:
        shutil.rmtree(bench.work, ignore_errors=True)
    missed = sum(row["ratio"] > row["must"] for row in bench.rows)
    print(f"{len(bench.rows)} ratios, {missed} above what they must be")


main()
