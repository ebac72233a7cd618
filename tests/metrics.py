#!/usr/bin/env python3
"""Metrics beside a real server, Prometheus and Pushgateway: tests/metrics.py (python3-yaml)

Checks that `/metrics`, deploy/METRICS.md, the alert rules, their runbook entries and the dashboard name the same things; that
Prometheus accepts the metrics and the rules, and scrapes and answers; that each alert fires when it should; and that a Pushgateway
takes what commands push. The program is $JETKEEP_BINARY, or build/jetkeep. Prometheus and Pushgateway are those of tests/get-tools.sh (2.42,
1.5.1) or in the path; $PROMETHEUS_BIN names another folder. Without them those checks are skipped by hand, and fail where CI is set.
"""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import yaml

from real_server import ROOT, Server, expect, servers, wait_for

DEPLOY = ROOT / "deploy"
PROGRAM = os.environ.get("JETKEEP_BINARY", ROOT / "build/jetkeep")
NAME = r"\b(?:jetkeep|process)_[a-z_]+"
KINDS = ("backup", "restore", "verify", "republish")


def fetch(url, **more):
    with urllib.request.urlopen(urllib.request.Request(url, **more), timeout=20) as answer:
        return answer.read().decode()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def jetkeep(*arguments, code=0):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, env={"HOME": "/nonexistent"}, check=False)
    expect(done.returncode == code, f"jetkeep {' '.join(map(str, arguments[:2]))} ends with {code} {done.stderr}".strip())
    return done


def samples(text):
    """name -> [(labels, value)], as the text says."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? (\S+)", line).groups()
        found.setdefault(name, []).append((dict(re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', labels or "")), float(value)))
    return found


def families(text):
    return {name: kind for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M)}


class Running:
    """A process with its output in a file; `with` ends it."""

    def __init__(self, log, *command):
        self.log = log
        with open(log, "w", encoding="utf-8") as file:
            self.process = subprocess.Popen([str(word) for word in command], stdout=file, stderr=file, env={"HOME": "/nonexistent"})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def tool(name):
    """A program of the packages; none: it is not installed, and need not be."""
    folder = os.environ.get("PROMETHEUS_BIN") or servers() / "tools/prometheus/usr/bin"
    path = shutil.which(name, path=folder) or shutil.which(name)
    if not path:
        expect(not os.environ.get("CI"), f"{name} is installed")
        print(f"skipped: {name} is not installed", flush=True)
    return path


def documented():
    """What METRICS.md names: metric -> labels, and those that are pushed."""
    served, pushed = {}, set()
    for section in (DEPLOY / "METRICS.md").read_text().split("\n## "):
        for name, columns in re.findall(rf"^\| `({NAME})` \|(.*)$", section, re.M):
            if section.startswith("Runs"):
                pushed.add(name)
            else:
                served[name] = set(re.findall(r"`(\w+)`", columns.split("|")[0]))
    return served, pushed


def base_name(name, known):
    """The metric of a series: a histogram has three of them."""
    short = re.sub(r"_(bucket|sum|count)$", "", name)
    return short if name not in known and short in known else name


def check_documents(text):
    served, pushed = documented()
    shown = families(text)
    expect(served.keys() == shown.keys(), f"METRICS.md and /metrics name the same metrics; only one: {served.keys() ^ shown.keys()}")
    for name, label_sets in samples(text).items():
        for labels, _ in label_sets:
            labels = labels.keys() - {"le"}
            if labels != served[base_name(name, served)]:
                raise AssertionError(f"{name} has the labels {labels}, and METRICS.md says {served[base_name(name, served)]}")
    expect(True, "each series has the labels that METRICS.md says")

    rules = [rule for group in yaml.safe_load((DEPLOY / "prometheus/alerts.yaml").read_text())["groups"] for rule in group["rules"]]
    runbook = (DEPLOY / "RUNBOOK.md").read_text()
    tested = {test["alertname"] for case in yaml.safe_load((DEPLOY / "prometheus/alerts.test.yaml").read_text())["tests"]
              for test in case["alert_rule_test"] if test["exp_alerts"]}
    used = {}
    for rule in rules:
        name = rule["alert"]
        used[name] = rule["expr"]
        expect(f"\n### {name}\n" in runbook and rule["annotations"]["runbook"].endswith(f"RUNBOOK.md#{name.lower()}"),
               f"the runbook has an entry for {name}")
    expect(tested == used.keys(), f"each alert is made to fire by a test; not so: {tested ^ used.keys()}")
    entries = set(re.findall(r"^### (Jetkeep\w+)$", runbook, re.M))
    expect(entries == used.keys(), f"each entry of the runbook is of an alert; not so: {entries ^ used.keys()}")
    dashboard = json.loads((DEPLOY / "grafana/jetkeep.json").read_text())
    for panel in dashboard["panels"]:
        used[panel["title"]] = " ".join(target["expr"] for target in panel["targets"])
    for variable in dashboard["templating"]["list"]:
        used[f"variable {variable['name']}"] = variable["query"]
    used["the runbook"] = runbook
    shown = shown | {name: "gauge" for name in pushed}
    for where, expression in used.items():
        unknown = {name for name in re.findall(NAME, expression) if base_name(name, shown) not in shown}
        if unknown:
            raise AssertionError(f"{where} uses {unknown}, which /metrics does not show")
    expect(True, "alerts, dashboard and runbook use metrics that there are")
    return pushed


def value(text, name, **wanted):
    found = [number for labels, number in samples(text).get(name, []) if wanted.items() <= labels.items()]
    return found[0] if len(found) == 1 else None


def check_values(url, server, repository, began):
    """What a backup, a drill and a failed restore leave."""
    text = fetch(url)
    for kind in KINDS:
        for result in ("completed", "failed", "cancelled"):
            if value(text, "jetkeep_jobs_total", account="default", kind=kind, result=result) is None:
                raise AssertionError(f"no series of {kind} {result} before the first job")
    expect(value(text, "jetkeep_job_failures_total", reason="StreamExists") == 0, "label sets are there before the first job")
    ask = ("--server", server.url)
    server.add("ORDERS", 500)
    jetkeep("backup", "ORDERS", "--quiet", *ask)
    jetkeep("verify", "ORDERS", "--drill", "--quiet", *ask)
    jetkeep("restore", "ORDERS", "--quiet", *ask, code=13)  # the stream is there
    labels = {"account": "default", "stream": "ORDERS"}
    text = wait_for("a look at the repository shows the drill", lambda: (
        text if value(text := fetch(url), "jetkeep_backup_last_drilled_timestamp_seconds", **labels) else None))
    for name in ("success", "verified", "drilled"):
        at = value(text, f"jetkeep_backup_last_{name}_timestamp_seconds", **labels)
        expect(began - 1 <= at <= time.time() + 1, f"the time of the last {name} is that of this test")
    listed = json.loads(jetkeep("list", "--json", "--repository", repository).stdout)["backups"][0]
    expect(value(text, "jetkeep_backup_last_messages", **labels) == 500, "the backup has the messages that were published")
    expect(value(text, "jetkeep_backup_last_bytes", **labels) == listed["bytes"] == server.state("ORDERS")["bytes"],
           "and their bytes, as the server counts them")
    expect(value(text, "jetkeep_backups", condition="good", **labels) == 1, "there is one good backup")
    for kind, result, count in (("backup", "completed", 1), ("verify", "completed", 1), ("restore", "failed", 1)):
        expect(value(text, "jetkeep_jobs_total", kind=kind, result=result) == count, f"{count} {kind} {result}")
    expect(value(text, "jetkeep_job_failures_total", reason="StreamExists") == 1, "the failure is counted by its reason")
    expect(value(text, "jetkeep_job_messages_total", kind="backup") >= 500, "the messages of the backup are counted")
    expect(value(text, "jetkeep_requests_total", endpoint="backup_request") == 1, "the request is counted")
    expect(value(text, "jetkeep_nats_connected") == 1, "the connection is up")
    expect(0 < value(text, "jetkeep_repository_filesystem_avail_bytes")
           <= value(text, "jetkeep_repository_filesystem_size_bytes"), "the file system is measured")
    return text


def check_life_of_series(folder, server):
    """What a service says of backups that it has not made itself, and of those that go."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/metrics"
    repository = folder / "second"
    labels = {"account": "default", "stream": "BILLS"}
    name = "jetkeep_backup_last_success_timestamp_seconds"

    def serving(log):
        return Running(folder / log, PROGRAM, "serve", "--server", server.url, "--repository", repository, "--prefix", "second",
                       "--http-listen", f"127.0.0.1:{port}")

    def listens():
        try:
            return fetch(url)
        except OSError:
            return None
    ask = ("--server", server.url, "--prefix", "second")
    server.add("BILLS", 10)
    with serving("before.log"):
        wait_for("the second service listens", listens)
        wait_for("it is served", lambda: subprocess.run([PROGRAM, "ping", "--quiet", *ask], check=False).returncode == 0)
        expect(value(fetch(url), name, **labels) is None, "a stream without a backup has no series")
        jetkeep("backup", "BILLS", "--quiet", *ask)
        made = wait_for("the backup is shown", lambda: value(fetch(url), name, **labels))
    with serving("after.log"):
        wait_for("the second service listens again", listens)
        wait_for("the repository is read", lambda: value(fetch(url), name, **labels) is not None)
        expect(value(fetch(url), name, **labels) == made, "after a restart the age of the backup is what it was")
        identity = json.loads(jetkeep("list", "--json", *ask).stdout)["backups"][0]["id"]
        jetkeep("delete", identity, "--yes", "--last", *ask)
        jetkeep("verify", "--quiet", *ask)  # a job's end is followed by a look
        wait_for("the series go with the last backup", lambda: "BILLS" not in fetch(url))
        expect(not json.loads(jetkeep("list", "--json", *ask).stdout)["backups"], "the backup was deleted")


def check_prometheus(folder, port, text):
    promtool, prometheus = tool("promtool"), tool("prometheus")
    if not promtool or not prometheus:
        return
    linted = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    expect(linted.returncode == 0, f"promtool finds nothing wrong with the metrics {linted.stdout}{linted.stderr}".strip())
    for command in (["check", "rules", "alerts.yaml"], ["test", "rules", "alerts.test.yaml"]):
        done = subprocess.run([promtool, *command], cwd=DEPLOY / "prometheus", capture_output=True, text=True, check=False)
        expect(done.returncode == 0, f"promtool {' '.join(command[:2])} {done.stdout if done.returncode else ''}{done.stderr}".strip())

    own = free_port()
    (folder / "prometheus.yml").write_text(json.dumps({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(DEPLOY / "prometheus/alerts.yaml")],
        "scrape_configs": [{"job_name": "jetkeep", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}]}))
    with Running(folder / "prometheus.log", prometheus, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb",
                 f"--web.listen-address=127.0.0.1:{own}"):
        def query(expression):
            try:
                asked = json.loads(fetch(f"http://127.0.0.1:{own}/api/v1/query", data=b"query=" + expression.encode()))
            except OSError:
                return None
            return [float(each["value"][1]) for each in asked["data"]["result"]]
        wait_for("Prometheus scrapes", lambda: query('up{job="jetkeep"}') == [1])
        expect(query('jetkeep_backup_last_messages{stream="ORDERS"}') == [500], "Prometheus has scraped the backup")


def check_push(folder, server, pushed):
    gateway = tool("prometheus-pushgateway")
    if not gateway:
        return
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with Running(folder / "pushgateway.log", gateway, f"--web.listen-address=127.0.0.1:{port}"):
        def groups():
            try:
                return fetch(f"{url}/metrics")
            except OSError:
                return ""
        wait_for("the Pushgateway answers", groups)
        jetkeep("list", "--repository", folder / "repository", "--push-metrics", url)
        expect("jetkeep_run" not in groups(), "a command that only asks pushes nothing")
        ask = ("--server", server.url, "--push-metrics", url)
        began = time.time()
        jetkeep("backup", "ORDERS", "--quiet", *ask)
        group = {"job": "jetkeep", "command": "backup", "instance": socket.gethostname()}
        text = groups()
        expect({name for name in families(text) if name.startswith("jetkeep_")} == pushed, "all documented metrics are pushed, and no other")
        success = value(text, "jetkeep_run_last_success_timestamp_seconds", **group)
        expect(began - 1 <= success <= time.time(), "the success has its time")
        jetkeep("backup", "MISSING", "--quiet", *ask, code=10)
        text = groups()
        expect(value(text, "jetkeep_run_last_exit_code", **group) == 10, "a failed run says its exit code")
        expect(value(text, "jetkeep_run_last_success_timestamp_seconds", **group) == success, "and leaves the last success as it was")
        jetkeep("backup", "ORDERS", "--quiet", "--server", server.url, "--push-metrics", f"{url}/metrics/job/nightly/stream/ORDERS")
        expect(value(groups(), "jetkeep_run_last_exit_code", job="nightly", stream="ORDERS") == 0, "a group of the user's own is kept")


def main():
    began = time.time()
    with tempfile.TemporaryDirectory(prefix="jetkeep-metrics-") as name:
        folder = pathlib.Path(name)
        repository = folder / "repository"
        port = free_port()
        with Server("2.15", folder) as server, \
                Running(folder / "jetkeep.log", PROGRAM, "serve", "--server", server.url, "--repository", repository,
                        "--http-listen", f"127.0.0.1:{port}") as service:
            base = f"http://127.0.0.1:{port}"
            wait_for("the service listens", lambda: "metrics and health are served" in service.log.read_text())
            wait_for("the service is ready", lambda: json.loads(fetch(f"{base}/readyz"))["status"] == "ok")
            jetkeep("ping", "--server", server.url)
            text = check_values(f"{base}/metrics", server, repository, began)
            pushed = check_documents(text)
            check_life_of_series(folder, server)
            check_prometheus(folder, port, text)
            check_push(folder, server, pushed)
            done = jetkeep("backup", "ORDERS", "--quiet", "--server", server.url, "--push-metrics", f"http://127.0.0.1:{free_port()}")
            expect("metrics could not be pushed" in done.stderr, "a push that fails is a warning, and the backup ends with 0")
            done = jetkeep("serve", "--server", server.url, "--repository", folder / "third", "--http-listen", f"127.0.0.1:{port}", code=2)
            expect(str(port) in done.stderr and "another port" in done.stderr, "a port in use ends serve with a hint")
    print("metrics: all as expected")


if __name__ == "__main__":
    sys.exit(main())
