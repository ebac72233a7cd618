#!/usr/bin/env python3
"""The manual page and the shell completions know every command and flag of the program's help ($JETKEEP_BINARY, or build/jetkeep).

    tests/cli_docs.py

The judge reads the help by itself and drives the shells as a user would. zsh, fish and groff are used where they are; with CI=true a missing one
is a failure. The last line is `N passed, N failed, N skipped`.
"""
import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("JETKEEP_BINARY", str(ROOT / "build/jetkeep"))
FLAG = re.compile(r"--[a-z][a-z0-9-]*")


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def flags_of_help(text):
    """The flags that the left columns of a help text show."""
    return {flag for line in text.splitlines() if re.match(r"  -\S", line) for flag in FLAG.findall(re.split(r"\s{2,}", line.strip())[0])}


def verbs_of_help(text):
    column = text.split("\nSubcommands:\n")[1].split("\n\n")[0]
    return [re.split(r"\s{2,}", line.strip())[0].split(", ") for line in column.splitlines()]


def in_bash(script, words):
    """What bash offers after `words`, the last of which is begun."""
    quoted = " ".join(f"'{word}'" for word in words)
    return run("bash", "-c", f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _jetkeep; "
                             'printf "%s\\n" "${COMPREPLY[@]}"').stdout.split()


def in_fish(script, line):
    return [entry.split("\t")[0] for entry in run("fish", "--no-config", "-c", f"source {script}; complete -C '{line}'").stdout.splitlines()]


def in_zsh(folder, *lines):
    """What zsh's line editor lists for each line when the user presses the tabulator twice, in a terminal that is large enough for it."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe("zsh", ["zsh", "-f", "-i"], os.environ | {"TERM": "vt100", "HOME": str(folder)})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 1000, 250, 0, 0))

    def read(until, seconds=20):
        said, end = "", time.monotonic() + seconds
        while until not in said and time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                said += os.read(terminal, 65536).decode(errors="replace")
        return said

    try:
        # Only what is typed behind a prompt reaches the line editor.
        prompt = "<ready>"
        os.write(terminal, f"PS1='<rea''dy>'; LISTMAX=10000; fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D\n".encode())
        read(prompt)
        shown = []
        for line in lines:
            os.write(terminal, f"{line}\t\t".encode())
            # A second line that is printed shows that the first has been listed.
            os.write(terminal, b"\x15print do''ne\n")
            said = read("done\r\n")
            shown.append(said)
            if prompt not in said.split("done\r\n")[-1]:
                read(prompt)
        return shown
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)


class Count:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, 0, 0

    def expect(self, good, what):
        self.passed, self.failed = self.passed + bool(good), self.failed + (not good)
        if not good:
            print(f"FAILED {what}")

    def have(self, tool):
        if shutil.which(tool):
            return True
        if os.environ.get("CI") == "true":
            self.expect(False, f"{tool} is not installed")
        else:
            self.skipped += 1
            print(f"skipped: {tool} is not installed")
        return False


def check_manual(count, page, helps):
    text = page.read_text(encoding="utf-8").replace("\\-", "-")
    for names, help_ in helps:
        section = (text.split(f".SS {names[0]} ") + [""])[1].split("\n.S")[0]
        # Described there, not only part of an example; what goes for every command is described once.
        described = set(re.findall(r"\\fB(--[a-z0-9-]+)\\fR", section)) | {"--help", "--json", "--verbose"}
        missing = flags_of_help(help_) - described
        count.expect(section and not missing, f"the manual page describes {names[0]} and its flags: {missing}")
    general = set(re.findall(r"\\fB(--[a-z0-9-]+)\\fR", text.split(".SH OPTIONS")[1]))
    missing = flags_of_help(run(PROGRAM, "--help").stdout) - general
    count.expect(not missing, f"the manual page describes the flags of every command: {missing}")
    if count.have("groff"):
        said = run("groff", "-man", "-ww", "-Tutf8", "-z", str(page))
        count.expect(not said.stderr, f"the manual page is well-formed: {said.stderr[:500]}")


def main():
    count = Count()
    top = run(PROGRAM, "--help").stdout
    verbs = verbs_of_help(top)
    helps = [(names, run(PROGRAM, "help", names[0]).stdout) for names in verbs]
    count.expect(len(verbs) > 20 and len(flags_of_help(top)) > 15, "the help has commands and flags")
    with tempfile.TemporaryDirectory(prefix="jetkeep-cli-docs.") as name:
        folder = pathlib.Path(name)
        made = run(sys.executable, str(ROOT / "deploy/cli/generate.py"), PROGRAM, name)
        count.expect(made.returncode == 0, f"they are made {made.stderr}")
        check_manual(count, folder / "jetkeep.1", helps)

        script = folder / "jetkeep.bash"
        count.expect({name for names in verbs for name in names} == set(in_bash(script, ["jetkeep", ""])), "bash completes commands")
        for names, help_ in helps:
            for verb in names:
                missing = (flags_of_help(help_) | flags_of_help(top)) - set(in_bash(script, ["jetkeep", verb, "-"]))
                count.expect(not missing, f"bash completes the flags of {verb}: {missing}")
        count.expect(in_bash(script, ["jetkeep", "--json", "backup", "--al"]) == ["--all"], "bash finds the command behind a flag")
        (folder / "a folder.creds").mkdir()
        count.expect(in_bash(script, ["jetkeep", "--creds", f"{name}/a"]), "bash completes files")
        count.expect(not in_bash(script, ["jetkeep", "--server", ""]), "bash offers no file where a URL belongs")

        if count.have("fish"):
            script = folder / "jetkeep.fish"
            count.expect({name for names in verbs for name in names} <= set(in_fish(script, "jetkeep ")), "fish completes commands")
            for names, help_ in helps:
                missing = (flags_of_help(help_) | flags_of_help(top)) - set(in_fish(script, f"jetkeep {names[0]} --"))
                count.expect(not missing, f"fish completes the flags of {names[0]}: {missing}")
        if count.have("zsh"):
            script = folder / "_jetkeep"
            said = run("zsh", "-n", str(script))
            count.expect(said.returncode == 0, f"zsh reads its completion: {said.stderr}")
            commands, flags = in_zsh(folder, "jetkeep ", "jetkeep backup --")
            missing = {names[0] for names in verbs if not re.search(rf"\b{names[0]}\b", commands)}
            count.expect(not missing, f"zsh completes commands: {missing} not in {commands[-800:]}")
            missing = {flag for flag in flags_of_help(dict((names[0], text) for names, text in helps)["backup"]) if flag not in flags}
            count.expect(not missing, f"zsh completes flags of backup: {missing} not in {flags[-800:]}")
    print(f"{count.passed} passed, {count.failed} failed, {count.skipped} skipped")
    sys.exit(1 if count.failed else 0)


main()
