#!/usr/bin/env python3
"""The README's figures, from what the harness measured and from nothing else.

    tests/bench/table.py --publish [FOLDER]    takes results.json and results.svg of FOLDER (build/bench) into this folder,
                                               and writes the README's part
    tests/bench/table.py --check               exit status 1 if that part is not what results.json here gives
"""
import json
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
README = HERE.parent.parent / "README.md"
BEGIN, END = "<!-- figures: tests/bench/table.py writes them -->\n", "<!-- end of the figures -->\n"
COLUMNS = [("json", "2.15", "2.15, 200,000 x 4 KiB JSON"), ("small", "2.15", "2.15, 1,000,000 x 128 B"),
           ("json", "2.10", "2.10, 200,000 x 4 KiB JSON")]
LINES = [("restore, time", ["restore: wall / nats CLI"]),
         ("backup, `compression: fastest`, time", ["backup, fastest: wall / nats CLI"]),
         ("… processor", ["backup, fastest: client CPU / nats CLI"]),
         ("… bytes stored", ["backup, fastest: stored / nats CLI"]),
         ("backup, default, time", ["backup, default: wall / nats CLI"]),
         ("… bytes stored", ["backup, default: stored / nats CLI"])]


class Results:
    def __init__(self, text):
        results = json.loads(text)
        self.facts = results["facts"]
        self.rows = {(row["kind"], row["server"], row["measure"]): row for row in results["rows"]}

    def shown(self, kind, server, *measures):
        """The range of the runs; of one run its median."""
        row = next((self.rows[kind, server, name] for name in measures if (kind, server, name) in self.rows), None)
        if not row:
            return "not measured"
        least, most = f"{row['min']:.2f}", f"{row['max']:.2f}"
        return f"{row['ratio']:.2f}" if row.get("runs", 1) == 1 or least == most else f"{least} to {most}"

    def any_of(self, *names):
        return {measure for kind, _, measure in self.rows if kind in names}


def part(text):
    """What stands in the README."""
    results = Results(text)
    facts = results.facts
    runs = max(row.get("runs", 1) for row in results.rows.values())
    spread = f"ranges of {runs} runs" if runs > 1 else "medians of one run"
    lines = [f"Jetkeep {facts['jetkeep']} beside the `nats` CLI {facts['nats CLI']} on {facts['cores']} cores, {facts['date']}: whole "
             f"processes on the same server in the same run, {spread} ([all ratios](tests/bench/results.svg),",
             "[how they are measured and what bounds them](tests/bench/README.md)).", "",
             "| ratio to the nats CLI; below 1 is better | " + " | ".join(title for _, _, title in COLUMNS) + " |",
             "| --- |" + " --- |" * len(COLUMNS)]
    for title, measures in LINES:
        lines.append(f"| {title} | " + " | ".join(results.shown(kind, server, *measures) for kind, server, _ in COLUMNS) + " |")
    far = results.shown("json-100MB", "2.15", "restore, 20 ms away: wall / nats CLI")
    single = results.shown("many", "2.15", "all backed up: wall / nats stream backup, one by one")
    account = results.shown("many", "2.15", "all backed up: wall / nats backup account")
    sets = results.shown("many", "2.15", "a set of all: wall / nats backup account")
    restored = results.shown("many", "2.15", "the set restored: wall / nats backup restore account")
    listed = next((row["ratio"] for (kind, _, _), row in results.rows.items() if kind == "list"), None)
    lines += ["", f"A restore of 25,000 x 4 KiB to 2.15 over a link with 20 ms of round trip: {far} of the CLI's time. 2,000 streams of 200 "
              f"messages, all backed up: {single} of the time of", f"`nats stream backup` of one after the other; of the time of `nats backup account`: {account}, "
              f"as one set {sets}, and restored {restored} of the time of `nats backup restore account`."
              + (f" `list` over 10,000 backups: {listed:.2f} s." if listed else "")]
    return "\n".join(lines) + "\n"


def main():
    readme = README.read_text(encoding="utf-8")
    before, rest = readme.split(BEGIN)
    now, after = rest.split(END)
    if sys.argv[1:] == ["--check"]:
        if now != part((HERE / "results.json").read_text(encoding="utf-8")):
            sys.exit("README.md: the figures are not those of tests/bench/results.json: tests/bench/table.py --publish")
        return
    if sys.argv[1:2] != ["--publish"]:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else HERE.parent.parent / "build/bench")
    for name in ("results.json", "results.svg"):
        if name == "results.json" and json.loads((folder / name).read_text(encoding="utf-8"))["facts"].get("short"):
            sys.exit("these are the tiny sizes of --short: no figure of it means anything")
        if folder.resolve() != HERE:
            shutil.copyfile(folder / name, HERE / name)
    README.write_text(before + BEGIN + part((HERE / "results.json").read_text(encoding="utf-8")) + END + after, encoding="utf-8")


main()
