#!/usr/bin/env python3
"""Version 0.1 and this program on one repository and one server: what each makes of what the other has written.

    tests/upgrade.py [OLD [NEW]]    OLD: a jetkeep of version 0.1; default: built from this checkout's history, once.
                                    NEW: default $JETKEEP_BINARY, else build/jetkeep

Needs servers and the nats command line (tests/get-servers.sh). Exit status 0: deploy/UPGRADE.md is right.
"""
import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

from real_server import ROOT, Server, expect, wait_for

# The last commit of version 0.1: the parent of the first one that changes what is stored.
OLD_COMMIT = "176da3a"
REPOSITORY_UNSUPPORTED = 34
BACKUP_CORRUPT = 33


def build_old():
    """Builds the old program from the history; a later run finds it."""
    folder = ROOT / "build/jetkeep-0.1"
    if (folder / "build/jetkeep").exists():
        return folder / "build/jetkeep"
    folder.mkdir(parents=True, exist_ok=True)
    sources = subprocess.run(["git", "-C", ROOT, "archive", OLD_COMMIT], capture_output=True, check=False)
    if sources.returncode != 0:
        raise SystemExit(f"the history of this checkout lacks {OLD_COMMIT}: name a jetkeep of version 0.1")
    subprocess.run(["tar", "-x", "-C", folder], input=sources.stdout, check=True)
    # The compiler's cache serves checkouts in other folders.
    environment = os.environ | {"CCACHE_BASEDIR": str(folder), "CCACHE_NOHASHDIR": "1"}
    for command in (["cmake", "-S", folder, "-B", folder / "build", "-G", "Ninja", "-DJETKEEP_TESTS=OFF", "-DCMAKE_BUILD_TYPE=Release"],
                    ["cmake", "--build", folder / "build", "--target", "jetkeep", "--parallel", "2"]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return folder / "build/jetkeep"


def content(server, stream):
    """Every message with its number: the model that restores are compared with."""
    state = server.state(stream)
    return [server.nats("stream", "get", stream, str(sequence), "--json")
            for sequence in range(state["first_seq"], state["last_seq"] + 1)]


class Program:
    """A jetkeep of one version, as a service and as a command line."""

    def __init__(self, binary, server, prefix, folder):
        self.binary, self.server, self.prefix = binary, server, prefix
        self.log = folder / f"{prefix}.log"
        self.process = None

    def serve(self, repository):
        start = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--no-context", "--server", self.server.url, "--prefix", self.prefix,
                 "--repository", repository], stderr=log)
        wait_for("the service answers", lambda: self.run("status").returncode == 0)
        return self.log.read_text()[start:]

    def stop(self, kill=False):
        self.process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        self.process.wait()
        self.process = None

    def run(self, *arguments):
        return subprocess.run([self.binary, *arguments, "--no-context", "--server", self.server.url, "--prefix",
                               self.prefix, "--json"], capture_output=True, text=True, timeout=120, check=False)

    def local(self, repository, *arguments):
        return subprocess.run([self.binary, *arguments, "--repository", repository, "--json"], capture_output=True,
                              text=True, timeout=120, check=False)

    def backups(self, repository):
        listing = json.loads(self.local(repository, "list").stdout)
        return {backup["id"]: backup for backup in listing["backups"]}

    def back_up(self, stream):
        """The id of a new backup."""
        done = self.run("backup", stream)
        expect(done.returncode == 0, f"{self.prefix}: a backup of {stream} {done.stderr}{'' if done.returncode == 0 else done.stdout}")
        return re.search(r'\d{8}T\d{6}Z-[0-9a-z]{8}', done.stdout)[0]


def tree(repository):
    return {str(path.relative_to(repository)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(pathlib.Path(repository).rglob("*")) if path.is_file()}


def restored(program, backup, stream, model, server, what):
    server.remove(stream)
    done = program.run("restore", "--backup", backup)
    expect(done.returncode == 0 and content(server, stream) == model, f"{what} {done.stderr}")


def check_new_refuses_nothing_of_old(old, new, server, repository):
    """A repository of version 0.1: the new program lists, verifies and restores it, and goes on in it."""
    server.add("ORDERS", 60)
    first = content(server, "ORDERS")
    old.serve(repository)
    old_backup = old.back_up("ORDERS")
    old.stop()
    before = tree(repository)
    expect(set(new.backups(repository)) == {old_backup}, "0.2 lists the backup of 0.1")
    expect(tree(repository) == before, "listing changes nothing")
    new.serve(repository)
    verified = new.run("verify")
    expect(verified.returncode == 0, f"0.2 verifies the backup of 0.1 {verified.stderr}")
    expect("made before exact cuts" in verified.stdout + verified.stderr, "and says that its cut is not proved")
    restored(new, old_backup, "ORDERS", first, server, "0.2 restores the backup of 0.1")
    server.publish("ORDERS", 20)
    new_backup = new.back_up("ORDERS")
    second = content(server, "ORDERS")
    restored(new, new_backup, "ORDERS", second, server, "0.2 restores what it has added to the repository of 0.1")
    new.stop()
    kept = {name: digest for name, digest in tree(repository).items() if name in before}
    expect(kept == before, "no file of 0.1 was changed or removed")
    return old_backup, new_backup, first, second


def check_old_does_no_harm(old, new, server, repository, made):
    """Back to 0.1 in a repository in which 0.2 has written: what 0.2 wrote stays, and is not restored by 0.1."""
    old_backup, new_backup, first, second = made
    before = tree(repository)
    listing = old.local(repository, "list")
    expect(new_backup not in json.loads(listing.stdout).get("backups", []) and "unknown version" in
           listing.stdout + listing.stderr, "0.1 names the backup of 0.2 as one of an unknown version")
    log = old.serve(repository)
    expect("error" not in log.split(), "0.1 starts on it")
    refused = old.run("restore", "--backup", new_backup)
    expect(refused.returncode == REPOSITORY_UNSUPPORTED, f"0.1 refuses to restore a backup of 0.2 (exit code "
           f"{refused.returncode})")
    server.remove("ORDERS")
    by_name = old.run("restore", "ORDERS")
    expect(by_name.returncode == 0 and content(server, "ORDERS") == first,
           f"0.1 restores by name the newest backup of its own {by_name.stderr}")
    old_again = old.back_up("ORDERS")
    deleted = old.run("delete", old_backup)
    expect(deleted.returncode == 0, f"0.1 deletes its own backup {deleted.stderr}")
    old.stop()
    after = tree(repository)
    lost = [name for name in before if name not in after and old_backup not in name]
    expect(not lost, f"0.1 has removed nothing but its own backup {lost or ''}")
    new.serve(repository)
    expect({new_backup, old_again} <= set(new.backups(repository)), "0.2 lists both again")
    restored(new, new_backup, "ORDERS", second, server, "0.2 restores its backup after 0.1 was there")
    restored(new, old_again, "ORDERS", first, server, "and the one that 0.1 has made beside it")
    new.stop()
    verified = old.local(repository, "verify", new_backup)
    expect(verified.returncode == BACKUP_CORRUPT, "verify of 0.1 calls a backup of 0.2 damaged")
    expect(new.backups(repository)[new_backup]["verified"]["ok"] is False, "and 0.2 lists it as damaged then")
    again = new.local(repository, "verify", new_backup)
    expect(again.returncode == 0 and new.backups(repository)[new_backup]["verified"]["ok"] is True,
           f"verify of 0.2 overrules that {again.stderr}")


def check_old_refuses_new(old, new, server, repository):
    """A repository that 0.2 has made: 0.1 refuses it as a whole and touches nothing."""
    new.serve(repository)
    backup = new.back_up("ORDERS")
    new.stop()
    before = tree(repository)
    for arguments in (["list"], ["show", backup], ["verify"]):
        said = old.local(repository, *arguments)
        expect(said.returncode == REPOSITORY_UNSUPPORTED and "version 2" in said.stdout + said.stderr,
               f"0.1 refuses `{arguments[0]}` of a repository of version 2")
    served = subprocess.run([old.binary, "serve", "--no-context", "--server", server.url, "--repository", repository],
                            capture_output=True, text=True, timeout=60, check=False)
    expect(served.returncode == REPOSITORY_UNSUPPORTED and "newer jetkeep" in served.stderr,
           "0.1 does not serve it, and says why")
    expect(tree(repository) == before, "0.1 has changed nothing in it")


def check_both_at_once(old, new, server, repository):
    """Both serve one repository of version 0.1, with kills: every backup that was reported is there and whole."""
    server.add("BOTH", 40)
    model = content(server, "BOTH")
    old.serve(repository)
    new.serve(repository)
    made = []
    for number in range(4):
        made.append(old.back_up("BOTH"))
        made.append(new.back_up("BOTH"))
        victim = (old, new)[number % 2]
        victim.run("backup", "BOTH", "--no-wait")
        victim.stop(kill=True)
        victim.serve(repository)
    old.stop()
    listed = new.backups(repository)
    expect(all(listed.get(backup, {}).get("condition") == "complete" for backup in made),
           f"all {len(made)} backups of both are there")
    verified = new.run("verify")
    expect(verified.returncode == 0, f"0.2 verifies all of them {verified.stdout if verified.returncode else ''}")
    for backup in made[-2:]:
        restored(new, backup, "BOTH", model, server, f"backup {backup} is whole")
    new.stop()


def check_old_leaves_restores_of_new(old, new, server, repository):
    """0.2 is killed in a restore; somebody makes the stream by hand; 0.1 starts first and touches nothing."""
    server.add("KILLED", 3000)
    new.serve(repository)
    new.back_up("KILLED")
    config = server.nats("stream", "info", "KILLED", "--json")

    def records():
        return list(pathlib.Path(repository).glob("restore.*.pending"))

    for _ in range(20):
        server.remove("KILLED")
        new.run("restore", "KILLED", "--no-wait")
        end = time.monotonic() + 2
        while not records() and time.monotonic() < end:
            time.sleep(0.0005)
        new.stop(kill=True)
        if records():
            break
        new.serve(repository)
    expect(records(), "0.2 was killed in a restore")
    if "KILLED" in server.nats("stream", "ls", "--names"):
        server.remove("KILLED")
    file = pathlib.Path(repository).parent / "config.json"
    file.write_text(json.dumps(json.loads(config)["config"]))
    server.nats("stream", "add", "KILLED", "--config", str(file))
    old.serve(repository)
    wait_for("0.1 names the record that it cannot read",
             lambda: any(record.name in old.log.read_text() for record in records()))
    time.sleep(3)
    old.stop()
    expect(records() and "KILLED" in server.nats("stream", "ls", "--names"), "0.1 leaves the record and the stream")
    new.serve(repository)
    wait_for("0.2 takes the record", lambda: not records())
    expect("KILLED" in server.nats("stream", "ls", "--names"), "0.2 leaves the stream, which is not its own")
    new.stop()


def check(version, old_binary, new_binary):
    with tempfile.TemporaryDirectory(prefix="jetkeep-upgrade.") as name:
        work = pathlib.Path(name)
        with Server(version, work) as server:
            old, new = Program(old_binary, server, "old", work), Program(new_binary, server, "new", work)
            try:
                print(f"== server {version}", flush=True)
                made = check_new_refuses_nothing_of_old(old, new, server, work / "first")
                check_old_does_no_harm(old, new, server, work / "first", made)
                check_old_refuses_new(old, new, server, work / "second")
                check_both_at_once(old, new, server, work / "first")
                check_old_leaves_restores_of_new(old, new, server, work / "first")
            finally:
                for program in (old, new):
                    if program.process:
                        program.stop(kill=True)


def main():
    old = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else build_old()
    new = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("JETKEEP_BINARY") or ROOT / "build/jetkeep"
    new = pathlib.Path(new).resolve()
    expect("0.1." in subprocess.run([old, "version"], capture_output=True, text=True, check=True).stdout,
           "the old program is of version 0.1")
    for version in os.environ.get("JETKEEP_TEST_SERVERS", "2.9,2.15").split(","):
        check(version, old, new)


main()
