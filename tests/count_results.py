"""Counts the cases of a test run and shows what failed: count_results.py RESULTS REPORTS AGAIN

RESULTS holds <label>.junit (one entry a program) and <program>.xml of every GoogleTest program that came to its end.
AGAIN holds the same of a second run of the programs that failed; up to MOST_UNSTEADY cases that passed then count as
passed, and are named. REPORTS holds what sanitizers reported, a file a process; each counts as a failed case.
Prints the failures with the end of their log, what was skipped, how to run each failed case alone, and as the last line
`N passed, N failed, N skipped`.
"""
import glob
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

LOG_LINES = 60
MOST_UNSTEADY = 3


def cases_of(path):
    """(name, outcome, text) of every case of a GoogleTest result file; None if it cannot be read."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return None
    found = []
    for case in root.iter("testcase"):
        name = case.get("classname", "") + "." + case.get("name", "")
        failures = [f.text or f.get("message", "") for f in case.iter("failure")]
        skipped = case.get("result") in ("skipped", "suppressed") or case.get("status") == "notrun"
        outcome = "failed" if failures else "skipped" if skipped else "passed"
        reasons = failures or [s.get("message", "") for s in case.iter("skipped")]
        found.append((name, outcome, "\n".join(reasons)))
    return found


def printable(text):
    return re.sub(r"[^\n\t\x20-\x7e\u00a0-\uffff]", "?", text)


def tail(text):
    lines = printable(text).strip().splitlines()
    if len(lines) > LOG_LINES:
        lines = [f"… {len(lines) - LOG_LINES} lines before"] + lines[-LOG_LINES:]
    return "\n".join("    " + line for line in lines)


def programs_of(folder):
    """(label, program) of every program of every label."""
    found = []
    for path in sorted(glob.glob(os.path.join(folder, "*.junit"))):
        label = os.path.basename(path)[:-len(".junit")]
        found += [(label, program) for program in ElementTree.parse(path).getroot().iter("testcase")]
    return found


def alone(results, label, case):
    """The command that runs one case, or one program that has no cases, in the same build."""
    build = os.path.basename(os.path.dirname(os.path.abspath(results)))
    kind = {"build-asan": " --sanitize address", "build-tsan": " --sanitize thread", "build-debug": " --debug"}.get(build, "")
    chosen = f" --filter '{case}'" if "." in case else ""
    return f"tests/run.sh --no-install{kind} --label {label}{chosen}"


def steady_again(folder):
    """Programs that ended well in the second run."""
    try:
        return {program.get("name") for _, program in programs_of(folder) if program.get("status") == "run"}
    except (OSError, ElementTree.ParseError):
        return set()


def main(results, reports, again):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    skipped, again_alone = [], []
    unsteady = 0
    good_then = steady_again(again)
    try:
        programs = programs_of(results)
    except (OSError, ElementTree.ParseError) as error:
        print(f"ctest left no results: {error}")
        programs = []
        counts["failed"] += 1
    for label, program in programs:
        name = program.get("name")
        log = program.findtext("system-out") or ""
        ended_well = program.get("status") == "run"
        cases = cases_of(os.path.join(results, name + ".xml"))
        forgiving = cases is not None and name in good_then  # not of a crash or a time limit
        if cases is None:
            cases = [(name, "passed" if ended_well else "failed", log)]
        elif not ended_well and all(outcome != "failed" for _, outcome, _ in cases):
            # It failed outside of any case: at its end, in a sanitizer, by a time limit.
            cases.append((name, "failed", log))
            forgiving = False
        for case, outcome, text in cases:
            if outcome == "failed" and forgiving and unsteady < MOST_UNSTEADY:
                unsteady += 1
                outcome = "passed"
                print(f"UNSTEADY {name}: {case} failed beside others, passed alone\n{tail(text)}")
            counts[outcome] += 1
            if outcome == "failed":
                print(f"FAILED {name}: {case} ({float(program.get('time', 0)):.1f} s)\n{tail(text)}")
                again_alone.append(alone(results, label, case))
            elif outcome == "skipped":
                skipped.append(f"skipped {case}: {printable(text).strip().splitlines()[-1:] or ''}")
    for name in sorted(os.listdir(reports)):
        counts["failed"] += 1
        with open(os.path.join(reports, name), encoding="utf-8", errors="replace") as report:
            print(f"FAILED sanitizer report {name}\n{tail(report.read())}")
    for line in skipped:
        print(line)
    if again_alone:
        print("to run what failed alone:\n" + "\n".join("  " + line for line in dict.fromkeys(again_alone)))
    refuses_skips = os.environ.get("CI", "").lower() in ("1", "true", "yes")
    if skipped and refuses_skips:
        print("a skipped case is a failure here (CI is set)")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts))
    return 1 if counts["failed"] or (skipped and refuses_skips) or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
