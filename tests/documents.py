#!/usr/bin/env python3
"""Runs the commands of the documents, as a reader would, beside a real server.

    tests/documents.py [--update] [DOCUMENT]…     as root; default: every document of the checkout; --update writes the
                                                  sessions anew where they changed

The first line of a fenced block says what it is:

  ```sh        commands. Each must end with 0. The words ID and JOB stand for the newest backup's and job's id, OLD_ID for the id
               of the backup before it.
  ```console   a session: `$ command`, then what it prints. Numbers, times, sizes and ids may differ; progress lines are ignored.
  ```conf      configuration of nats-server, which the server must accept; in it jetkeep serves as its user `jetkeep`, and is asked
               as `operator`, where there are such users.
  ```text, ```json, ```yaml   not run; JSON must be JSON, one document or one a line.

Comments before a block say more about it:

  <!-- not run: it needs a cluster -->       why it is not run
  <!-- needs: go -->                         what it needs besides (go, python, javascript: tests/get-tools.sh). Where that is missing, the block
                                             is skipped; with CI=true it fails
  <!-- run first: COMMANDS -->               what readers have no need of, such as breaking what the block repairs

A block without a language, a command in an indented block, or a link to a missing file is an error.

Each document has its own network, server on port 4222, directory and /var/lib. A stream ORDERS holds 2,000 messages, and a Jetkeep
serves until the document itself starts one. Commands that do not end (`jetkeep serve`, `jetkeep watch`, `nats subscribe`) run in the
background. The last line is `N passed, N failed, N skipped`, a block being a case.
"""
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from real_server import ROOT, servers

NOTE = re.compile(r"(not run|needs|run first): *(.+)", re.S)
LANGUAGES = ("sh", "console", "text", "json", "yaml", "conf")
COMMAND = re.compile(r"^    (\$ )?(jetkeep|nats|nsc|kubectl|helm|docker|systemctl|build/jetkeep|deploy/|tests/)\b")
GOES_ON = re.compile(r"^(build/)?jetkeep (serve|watch)$|^(build/)?jetkeep (serve|watch --|serve --)|^nats sub(scribe)? ")
DONE = "documents.py: the command ended with"


TOOLS = servers() / "tools"
# What a block may need: programs and what tests/get-tools.sh obtains.
NEEDS = {"go": ("go", TOOLS / "nats-go"), "python": ("python3", TOOLS / "nats-py-2.16.0"), "javascript": ("node", TOOLS / "nats-js-2.29.3")}


class Block:
    def __init__(self, document, line, language, lines, notes):
        self.document, self.line, self.language, self.lines = document, line, language, lines
        self.reason, self.first = notes.get("not run", ""), notes.get("run first", "")
        self.needs = notes.get("needs", "").replace(",", " ").split()

    def __str__(self):
        return f"{self.document}:{self.line}"

    def missing(self):
        """What the block needs and is not here."""
        return [need for need in self.needs if not (shutil.which(NEEDS[need][0]) and NEEDS[need][1].exists())]


def notes_above(lines):
    """The comments at the end of these lines, by what they say first."""
    notes, end = {}, len(lines)
    while True:
        while end and not lines[end - 1].strip():
            end -= 1
        if not end or not lines[end - 1].rstrip().endswith("-->"):
            return notes
        begin = end - 1
        while begin and not lines[begin].lstrip().startswith("<!--"):
            begin -= 1
        note = NOTE.fullmatch("\n".join(lines[begin:end]).strip()[4:-3].strip())
        if not note:
            return notes
        notes[note[1]] = note[2]
        end = begin


def blocks_of(document, text):
    """The fenced blocks of a document, and what is wrong with them."""
    blocks, errors = [], []
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        line = lines[at]
        fence = re.match(r"^( *)```(.*)$", line)
        if not fence:
            if COMMAND.match(line):
                errors.append(f"{document}:{at + 1}: a command in an indented block: fence it as ```sh")
            at += 1
            continue
        end = next((i for i in range(at + 1, len(lines)) if lines[i].strip() == "```"), None)
        if end is None:
            errors.append(f"{document}:{at + 1}: the block does not end")
            break
        language = fence[2].strip()
        if language not in LANGUAGES:
            errors.append(f"{document}:{at + 1}: a block of {language or 'no language'}: say one of {', '.join(LANGUAGES)}")
        content = [line[len(fence[1]):] for line in lines[at + 1:end]]
        blocks.append(Block(document, at + 1, language, content, notes_above(lines[:at])))
        at = end + 1
    return blocks, errors


def broken_links(document, text):
    """Links to files that are not there."""
    folder = (ROOT / document).parent
    targets = re.findall(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)", text)
    return [f"{document}: links to {target}, which is not there" for target in targets if not (folder / target).exists()]


def commands_of(lines):
    """Whole commands: a line, or as many as the shell needs."""
    command = ""
    for line in lines:
        command += line + "\n"
        if line.endswith("\\") or not command.strip():
            continue
        if subprocess.run(["bash", "-n"], input=command, text=True, capture_output=True, check=False).returncode == 0:
            yield command.strip()
            command = ""
    if command.strip():
        yield command.strip()


def alike(text):
    """What must be the same in two runs of one command."""
    lines = []
    for line in text.splitlines():
        if re.search(r"\d%", line):
            continue
        line = re.sub(r"(?<![\w-])(\d{8}T\d{6}Z-\w{8}|[\w-]{20,})(?![\w-])", "<id>", line)
        line = re.sub(r"\b\d[\d,.]* ?([KMG]i)?B\b", "<size>", line)
        line = re.sub(r"\b\d[\d,.]* ?(ms|min|s|h)\b", "<time>", line)
        line = re.sub(r"\d[\d,.]*", "<number>", line)
        lines.append(" ".join(line.replace("─", "").split()))
    return [line for line in lines if line]


class Place:
    """A server, a shell and what goes on beside it, in a directory of its own."""

    def __init__(self, folder, jetkeep):
        self.folder, self.processes, self.service = folder, [], None
        for entry in ROOT.iterdir():
            if not entry.name.startswith(".") and entry.name != "build":
                (folder / entry.name).symlink_to(entry)
        for name in ("build", "bin", "home"):
            (folder / name).mkdir()
        (folder / "build/jetkeep").symlink_to(jetkeep)
        (folder / "bin/jetkeep").symlink_to(jetkeep)
        (folder / "bin/nats-server").symlink_to(servers() / "2.15/nats-server")
        (folder / "bin/nats").symlink_to(servers() / "nats-0.5.1/nats")
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("NATS_", "JETKEEP_", "GTEST_"))}
        self.environment = variables | {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": str(folder / "home"),
                                        "XDG_CONFIG_HOME": str(folder / "home/.config"), "TERM": "dumb",
                                        "PYTHONPATH": str(NEEDS["python"][1]),
                                        "NODE_PATH": str(NEEDS["javascript"][1] / "node_modules"), "GOPROXY": "off",
                                        "GOMODCACHE": str(TOOLS / "go-modules"), "GOCACHE": str(TOOLS / "go-cache")}
        for entry in pathlib.Path("/var/lib").glob("jetkeep*"):
            shutil.rmtree(entry)
        for entry in pathlib.Path("/mnt").iterdir():
            shutil.rmtree(entry)
        self.start(["nats-server", "-a", "127.0.0.1", "-p", "4222", "-js", "-sd", str(folder / "store"),
                    "-P", str(folder / "server.pid")])
        self.wait_for("the server", ["nats", "account", "info"])
        self.shell = subprocess.Popen(["bash"], cwd=folder, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True)
        self.run("nats stream add ORDERS --subjects 'orders.>' --defaults")
        self.run("nats pub orders.new 'order {{Count}}' --count 2000 --quiet")

    def start(self, command, more=None):
        log = open(self.folder / f"process-{len(self.processes)}.log", "w", encoding="utf-8")
        process = subprocess.Popen(command, cwd=self.folder, env=self.environment | (more or {}), stdout=log, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL)
        self.processes.append((process, log))
        return process

    def wait_for(self, what, command, more=None):
        for _ in range(300):
            if subprocess.run(command, env=self.environment | (more or {}), cwd=self.folder, capture_output=True,
                              check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError(f"{what} does not answer")

    def serve(self, command):
        if self.service:
            self.service.send_signal(signal.SIGINT)
            self.service.wait(60)
        self.service = self.start(["bash", "-c", "exec " + command])
        self.wait_for("jetkeep", ["jetkeep", "list"])

    def run(self, command):
        """What the command printed, and its exit status."""
        self.shell.stdin.write(f"{{ {command}\n}} < /dev/null\nstatus=$?; echo; echo '{DONE}' $status\n")
        self.shell.stdin.flush()
        lines = []
        for line in self.shell.stdout:
            if line.startswith(DONE):
                return "".join(lines).rstrip("\n"), int(line.split()[-1])
            lines.append(line)
        return "".join(lines), self.shell.wait()

    def filled_in(self, command):
        def newest(verb, members, name, at=0):
            entries = json.loads(self.run(f"jetkeep {verb} --json")[0]).get(members) or []
            return entries[at].get(name, f"no-{name}") if len(entries) > at else f"no-{name}"

        if re.search(r"\bID\b", command):
            command = re.sub(r"\bID\b", newest("list", "backups", "id"), command)
        if re.search(r"\bOLD_ID\b", command):
            command = re.sub(r"\bOLD_ID\b", newest("list", "backups", "id", 1), command)
        if re.search(r"\bJOB\b", command):
            command = re.sub(r"\bJOB\b", newest("status", "jobs", "job"), command)
        return command

    def do(self, command):
        """An error's text, or nothing."""
        plain = command.split(" #")[0].strip()
        if GOES_ON.match(plain):
            plain = plain.removesuffix("&").strip()
            if "serve" in plain:
                self.serve(plain)
            else:
                self.start(["bash", "-c", "exec " + plain])
            return "", ""
        said, status = self.run(self.filled_in(command))
        refused = command.startswith("nats request") and '"error":{' in said  # nats ends with 0 all the same
        return said, f"{command}\nended with {status}:\n{said}" if status or refused else ""

    def end(self):
        self.shell.stdin.close()
        self.shell.wait()
        if (self.folder / "cluster").exists():
            subprocess.run([self.folder / "tests/support/cluster.sh", "stop"], cwd=self.folder, env=self.environment, check=True)
        said = ""
        for process, log in reversed(self.processes):
            status = process.poll()
            if status not in (None, 0):
                said += f"{process.args} ended with {status}:\n{pathlib.Path(log.name).read_text()}"
            if status is None:
                process.send_signal(signal.SIGINT)
                process.wait(60)
            log.close()
        return said


def run_commands(place, lines):
    for command in commands_of(lines):
        error = place.do(command)[1]
        if error:
            return error
    return ""


def run_session(place, block, update):
    said = []
    for command in (line[2:] for line in block.lines if line.startswith("$ ")):
        text, error = place.do(command)
        if error:
            return error
        said.append(f"$ {command}\n{text}".rstrip("\n"))
    said = "\n".join(said)
    if alike(said) == alike("\n".join(block.lines)):
        return ""
    if update:
        path = ROOT / block.document
        fence = "```console\n{}\n```\n"
        path.write_text(path.read_text().replace(fence.format("\n".join(block.lines)), fence.format(said), 1))
        return ""
    return f"the session is by now (--update writes it):\n{said}"


def check_conf(place, block):
    """The server takes it; and with its users everything is allowed that has to be."""
    text = "\n".join(block.lines)
    file = place.folder / "document.conf"
    file.write_text(text + f'\nlisten: "127.0.0.1:4333"\njetstream {{ store_dir: "{place.folder}/document-store" }}\n')
    tried = subprocess.run(["nats-server", "-c", file, "-t"], env=place.environment, capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        return tried.stderr
    passwords = dict(re.findall(r'user: (\w+), password: "([^"]*)"', text))
    if not {"jetkeep", "operator"} <= set(passwords):
        return ""

    def login(user):
        return {"NATS_URL": "nats://127.0.0.1:4333", "NATS_USER": user, "NATS_PASSWORD": passwords[user]}

    more = text.replace("users: [", 'users: [ { user: admin, password: "admin" }', 1)
    file.write_text(file.read_text().replace(text, more))
    passwords["admin"] = "admin"
    place.start(["nats-server", "-c", str(file)])
    place.wait_for("the document's server", ["nats", "account", "info"], login("admin"))
    def serve_as(user, folder):
        process = place.start(["jetkeep", "serve", "--repository", folder], login(user))
        place.wait_for("jetkeep", ["jetkeep", "list"], login("operator"))
        return process

    denied = 22
    service = serve_as("jetkeep", "/var/lib/jetkeep-conf")
    steps = [("admin", "nats stream add ALLOWED --subjects 'allowed.>' --defaults", 0),
             ("admin", "nats pub allowed.a hello --count 100 --quiet", 0),
             ("operator", "jetkeep backup ALLOWED", 0),
             ("operator", "jetkeep backup --all", 0),
             ("operator", "jetkeep verify --drill", 0),
             ("admin", "nats stream rm ALLOWED --force", 0),
             ("operator", "jetkeep restore ALLOWED", 0),
             ("operator", "jetkeep status", 0)]
    if "scheduler" in passwords:
        steps += [("scheduler", "jetkeep backup ALLOWED", 0), ("scheduler", "jetkeep verify --drill", 0), ("scheduler", "jetkeep list", 0),
                  ("scheduler", "jetkeep restore ALLOWED --timeout 1s", denied), ("scheduler", "jetkeep prune --keep-last 1 --yes", denied)]
    if "viewer" in passwords:
        steps += [("viewer", "jetkeep list", 0), ("viewer", "jetkeep status", 0), ("viewer", "jetkeep show ALLOWED", 0),
                  ("viewer", "jetkeep backup ALLOWED", denied), ("viewer", "jetkeep cat ALLOWED", denied)]
    if "backup_only" in passwords:
        steps += [("backup_only", None, 0), ("operator", "jetkeep backup ALLOWED", 0), ("operator", "jetkeep backup --all", 0),
                  ("operator", "jetkeep verify", 0), ("operator", "jetkeep verify --drill", denied),
                  ("admin", "nats stream rm ALLOWED --force", 0), ("operator", "jetkeep restore ALLOWED", denied)]
    for user, command, expected in steps:
        if command is None:
            service.send_signal(signal.SIGINT)
            service.wait(60)
            serve_as(user, f"/var/lib/jetkeep-{user}")
            continue
        ran = subprocess.run(["bash", "-c", command], env=place.environment | login(user), cwd=place.folder, text=True,
                             capture_output=True, check=False)
        if ran.returncode != expected:
            return f"{user}: {command}\nended with {ran.returncode}, not {expected}:\n{ran.stdout}{ran.stderr}"
    return ""


def check_json(block):
    text = "\n".join(block.lines)
    try:
        json.loads(text)
    except ValueError:
        try:
            for line in block.lines:
                json.loads(line or "null")
        except ValueError as error:
            return f"no JSON: {error}"
    return ""


def run_block(place, block, update):
    """An error's text, or nothing."""
    error = run_commands(place, block.first.splitlines())
    if error:
        return f"(run first) {error}"
    if block.language == "conf":
        return check_conf(place, block)
    return run_commands(place, block.lines) if block.language == "sh" else run_session(place, block, update)


def run_document(document, jetkeep, update):
    """How many blocks were good, how many were skipped, and the errors."""
    text = (ROOT / document).read_text()
    blocks, errors = blocks_of(document, text)
    errors += broken_links(document, text)
    passed, skipped = 0, 0
    runnable = [block for block in blocks if block.language in ("sh", "console", "conf") and not block.reason]
    if runnable:
        with tempfile.TemporaryDirectory(prefix="jetkeep-documents.") as folder:
            place = Place(pathlib.Path(folder), jetkeep)
            place.serve("jetkeep serve --repository /var/lib/jetkeep")
            for block in runnable:
                missing = block.missing()
                if missing and os.environ.get("CI") != "true":
                    skipped += 1
                    print(f"skipped: {block} needs {', '.join(missing)} (tests/get-tools.sh)")
                    continue
                error = f"needs {', '.join(missing)} (tests/get-tools.sh)" if missing else run_block(place, block, update)
                passed += not error
                if error:
                    errors.append(f"{block}: {error}")
            error = place.end()
            if error:
                errors.append(f"{document}: {error}")
    for block in blocks:
        if block.language == "json":
            error = check_json(block)
            passed += not error
            if error:
                errors.append(f"{block}: {error}")
    return passed, skipped, errors


def private_network():
    """The loopback of this network namespace, which begins without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # IFF_UP, IFF_RUNNING
        fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS
    for folder in ("/var/lib", "/mnt"):
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)


def main(documents, update):
    # Whoever starts this in the background may ignore interrupts; the programs started here must not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.environ.get("JETKEEP_DOCUMENTS") != "inside":
        os.environ["JETKEEP_DOCUMENTS"] = "inside"
        os.execvp("unshare", ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable,
                              __file__, *sys.argv[1:]])
    private_network()
    jetkeep = pathlib.Path(os.environ.get("JETKEEP_BINARY") or ROOT / "build/jetkeep").resolve()
    passed, failed, skipped = 0, 0, 0
    for document in documents or sorted(subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True,
                                                       check=True).stdout.split()):
        good, left_out, errors = run_document(document, jetkeep, update)
        passed, failed, skipped = passed + good, failed + len(errors), skipped + left_out
        print("\n".join([f"{document}: {good} good"] + [f"FAILED {error}" for error in errors]), flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not passed else 0)


main([name for name in sys.argv[1:] if name != "--update"], "--update" in sys.argv)
