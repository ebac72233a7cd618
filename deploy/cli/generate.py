#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the manual page and the shell completions from the help that the program itself prints.

    deploy/cli/generate.py PROGRAM DIRECTORY

The result: DIRECTORY/jetkeep.1, jetkeep.bash, _jetkeep (zsh), jetkeep.fish. The build runs this after it has linked the program.
"""
import dataclasses
import os
import pathlib
import re
import subprocess
import sys


@dataclasses.dataclass
class Flag:
    names: list       # -s, --server
    value: str        # URL, or nothing
    text: str
    variable: str     # NATS_URL, or nothing

    @property
    def long(self):
        return next((name for name in self.names if name.startswith("--")), "")

    @property
    def short(self):
        return next((name for name in self.names if not name.startswith("--")), "")


@dataclasses.dataclass
class Help:
    summary: str = ""
    usage: str = ""
    groups: list = dataclasses.field(default_factory=list)       # (title, [Flag])
    positionals: list = dataclasses.field(default_factory=list)  # (name, text)
    verbs: list = dataclasses.field(default_factory=list)        # (names, text)
    exit_codes: list = dataclasses.field(default_factory=list)   # (code, text)
    examples: list = dataclasses.field(default_factory=list)

    def flags(self):
        return [flag for _, flags in self.groups for flag in flags]


def printed(program, *arguments):
    environment = {"HOME": "/nonexistent", "PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
    return subprocess.run([program, *arguments], env=environment, check=True, capture_output=True, text=True).stdout


def flag_of(left, text):
    names, _, value = left.partition(" ")
    variable = re.search(r" \[([A-Z_]+)\]$", text)
    return Flag(names.split(","), value.strip(), text[:variable.start()] if variable else text, variable[1] if variable else "")


def entries(lines):
    """Pairs of a left column and its text; a text may stand on the lines below its left column."""
    found = []
    for line in lines:
        if line.startswith(" " * 20):
            found[-1][1] = f"{found[-1][1]} {line.strip()}".strip()
        elif line.startswith("  "):
            left, _, text = re.sub(r"\s{2,}", "\0", line.strip(), count=1).partition("\0")
            found.append([left, text])
    return found


def parse(text):
    sections, title = {"": []}, ""
    for line in text.splitlines():
        header = re.fullmatch(r"([A-Z][^:]*?)( \(.*\))?:", line)
        if header:
            title = header[1]
        elif re.match(r"\S", line) and title and not line.startswith("  "):
            title = ""
        sections.setdefault(title, []).append(line)
    preamble = sections.pop("")
    help_ = Help(summary=preamble[0], usage=next(line for line in preamble if line.startswith("Usage:")).removeprefix("Usage: "))
    for title, lines in sections.items():
        if title == "Positionals":
            help_.positionals = entries(lines)
        elif title == "Subcommands":
            help_.verbs = [(left.split(", "), text) for left, text in entries(lines)]
        elif title == "Exit codes":
            help_.exit_codes = entries(lines)
        elif title == "Examples":
            help_.examples = [line.strip() for line in lines if line.startswith("  ")]
        else:
            flags = [flag_of(left, text) for left, text in entries(lines) if left.startswith("-")]
            if flags:
                help_.groups.append((title, flags))
    return help_


# --- the manual page

def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def roff_flag(flag):
    names = ", ".join(f"\\fB{roff(name)}\\fR" for name in flag.names)
    value = f" \\fI{roff(flag.value)}\\fR" if flag.value else ""
    variable = f" (variable \\fB{flag.variable}\\fR)" if flag.variable else ""
    return [".TP", names + value, roff(flag.text) + variable]


def manual(version, top, verbs):
    own = {flag.long for flag in top.flags()}
    lines = [f'.TH JETKEEP 1 "" "Jetkeep {version}" "Backup of NATS JetStream"', ".SH NAME",
             "jetkeep \\- backup and restore of NATS JetStream", ".SH SYNOPSIS",
             ".B jetkeep", ".I COMMAND", ".RI [ OPTIONS ]", ".SH DESCRIPTION",
             "\\fBjetkeep serve\\fR is the service: it takes requests over NATS and keeps backups in a repository.",
             "Most other commands are clients of that service and need nothing but a connection to NATS.", ".SH COMMANDS"]
    for names, help_ in verbs:
        lines += [".SS " + roff(help_.usage.removeprefix("jetkeep ")), roff(help_.summary[:1].upper() + help_.summary[1:]) + "."]
        if len(names) > 1:
            lines.append("Other name: " + ", ".join(f"\\fB{name}\\fR" for name in names[1:]) + ".")
        for name, text in help_.positionals:
            lines += [".TP", f"\\fI{roff(name)}\\fR", roff(text)]
        for flag in help_.flags():
            if flag.long not in own or flag.long == "--account":
                lines += roff_flag(flag)
        if help_.exit_codes:
            codes = "; ".join(f"{code}: {text}" for code, text in help_.exit_codes)
            lines += [".TP", "Exit status", roff(codes)]
        if help_.examples:
            lines += [".TP", "Examples", ".nf", *(roff(example) for example in help_.examples), ".fi"]
    lines.append(".SH OPTIONS")
    for title, flags in top.groups:
        lines.append(".SS " + (title if title != "Options" else "For every command"))
        for flag in flags:
            lines += roff_flag(flag)
    lines += [".SH EXIT STATUS", "0: done. 1: failed. 2: wrong usage or configuration. 3: some of several failed.",
              "10 to 99: the error\\(aqs own code. 130: interrupted.", ".SH FILES",
              ".TP", "/etc/jetkeep/jetkeep.yaml", "Settings of the system service.",
              ".TP", "/var/lib/jetkeep", "The repository of the system service.",
              ".SH SEE ALSO", "The documents in /usr/share/doc/jetkeep or /usr/local/share/doc/jetkeep; \\fBnats\\-server\\fR(8)."]
    return "\n".join(lines) + "\n"


# --- completions

def kind_of(value):
    if re.search(r"DIR|FOLDER", value):
        return "directory"
    return "file" if "FILE" in value else "other"


def every_flag(top, verbs):
    return [*top.flags(), *(flag for _, help_ in verbs for flag in help_.flags())]


def bash(top, verbs):
    def names(flags):
        return " ".join(sorted({flag.long for flag in flags if flag.long}))

    def case(kind):
        return "|".join(sorted({name for flag in every_flag(top, verbs) if flag.value and kind_of(flag.value) == kind
                                for name in flag.names}))

    cases = "\n".join(f'    {"|".join(names_)}) flags="{names(help_.flags())}" ;;' for names_, help_ in verbs)
    words = " ".join(name for names_, _ in verbs for name in names_)
    return f"""# bash completion of jetkeep; made from its help
_jetkeep() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} verb='' flags='' at
  local verbs="{words}"
  COMPREPLY=()
  case $previous in
    {case("directory")}) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    {case("file")}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    {case("other")}) return ;;
  esac
  for ((at = 1; at < COMP_CWORD; at++)); do
    if [[ " $verbs " == *" ${{COMP_WORDS[at]}} "* ]]; then verb=${{COMP_WORDS[at]}}; break; fi
  done
  case $verb in
{cases}
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "{names(top.flags())} $flags" -- "$current")
  elif [[ -z $verb || $verb == help ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}}
complete -o filenames -F _jetkeep jetkeep
"""


def zsh(top, verbs):
    def quoted(text):
        return "'" + text.replace("'", "'\\''") + "'"

    def spec(flag):
        text = re.sub(r"([\[\]\\:])", r"\\\1", flag.text)
        action = {"directory": "_files -/", "file": "_files", "other": ""}[kind_of(flag.value)]
        value = f":{flag.value.replace(':', ' ')}:{action}" if flag.value else ""
        return [quoted(f"*{name}[{text}]{value}") for name in flag.names]

    def lines(flags):
        return "\n".join("      " + one for flag in flags for one in spec(flag))

    own = {flag.long for flag in top.flags()}
    described = "\n".join(f"    {quoted(name + ':' + help_.summary)}" for names, help_ in verbs for name in names)
    cases = "\n".join("    {}) flags+=(\n{}\n    ) ;;".format("|".join(names), lines(more)) for names, help_ in verbs
                      if (more := [flag for flag in help_.flags() if flag.long not in own]))
    words = "|".join(name for names, _ in verbs for name in names)
    return f"""#compdef jetkeep
# zsh completion of jetkeep; made from its help
_jetkeep_commands() {{
  local -a commands
  commands=(
{described}
  )
  _describe command commands
}}
_jetkeep() {{
  local -a flags
  local verb='' word
  flags=(
{lines(top.flags())}
  )
  for word in ${{words[2,CURRENT-1]}}; do
    case $word in
      {words}) verb=$word; break ;;
    esac
  done
  case $verb in
{cases}
  esac
  if [[ -z $verb || $verb == help ]]; then
    _arguments -S $flags '*:command:_jetkeep_commands'
  else
    _arguments -S $flags '*:file:_files'
  fi
}}
_jetkeep "$@"
"""


def fish(top, verbs):
    def quoted(text):
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def line(flag, condition):
        parts = ["complete -c jetkeep"]
        if condition:
            parts.append(f"-n {quoted(condition)}")
        if flag.long:
            parts.append(f"-l {flag.long[2:]}")
        if flag.short:
            parts.append(f"-s {flag.short[1:]}")
        if flag.value:
            parts.append({"directory": "-x -a '(__fish_complete_directories)'", "file": "-r -F", "other": "-x"}[kind_of(flag.value)])
        parts.append(f"-d {quoted(flag.text)}")
        return " ".join(parts)

    own = {flag.long for flag in top.flags()}
    words = " ".join(name for names, _ in verbs for name in names)
    lines = ["# fish completion of jetkeep; made from its help"]
    for names, help_ in verbs:
        for name in names:
            lines.append(f"complete -c jetkeep -f -n 'not __fish_seen_subcommand_from {words}' -a {name} -d {quoted(help_.summary)}")
    lines.append(f"complete -c jetkeep -f -n '__fish_seen_subcommand_from help' -a '{words}'")
    lines += [line(flag, "") for flag in top.flags()]
    for names, help_ in verbs:
        lines += [line(flag, "__fish_seen_subcommand_from " + " ".join(names)) for flag in help_.flags() if flag.long not in own]
    return "\n".join(lines) + "\n"


def main(program, directory):
    program = os.path.abspath(program)
    top = parse(printed(program, "--help"))
    verbs = [(names, parse(printed(program, "help", names[0]))) for names, _ in top.verbs]
    version = printed(program, "--version").split()[-1]
    folder = pathlib.Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("jetkeep.1", manual(version, top, verbs)), ("jetkeep.bash", bash(top, verbs)), ("_jetkeep", zsh(top, verbs)),
                       ("jetkeep.fish", fish(top, verbs))):
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
