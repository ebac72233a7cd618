#!/usr/bin/env python3
"""clang-tidy over the program's sources, several at once; what it found clean before is not looked at again.

    tests/tidy.py BUILD [SOURCE]…      BUILD: a folder with compile_commands.json; default: all sources of protocol and service

A source is the same as before if clang-tidy, the checks, the compiler's options and every file that it includes are. Where
that is kept: $JETKEEP_TIDY_CACHE, default ~/.cache/jetkeep-tidy; nothing else is ever there, and it can be deleted at any time.
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("JETKEEP_TIDY_CACHE", pathlib.Path.home() / ".cache/jetkeep-tidy"))


@functools.lru_cache(maxsize=None)
def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


@functools.lru_cache(maxsize=None)
def checker():
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True, check=True).stdout
    return version + digest(ROOT / ".clang-tidy")


def key(entry):
    """Of all that the verdict on a source depends on, wherever the checkout is."""
    command = shlex.split(entry["command"])
    at = command.index("-o")
    command[at:at + 2] = []
    command.remove("-c")
    told = subprocess.run([*command, "-M"], cwd=entry["directory"], capture_output=True, text=True, check=True).stdout
    files = told.replace("\\\n", " ").split(":", 1)[1].split()
    relative = [os.path.relpath(os.path.join(entry["directory"], name), ROOT) for name in files]
    parts = [checker(), " ".join(command).replace(str(ROOT), ".")]
    parts += [f"{name if not name.startswith('..') else ''} {digest(ROOT / name)}" for name in sorted(relative)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def check(build, entry):
    """What clang-tidy has to say; empty: nothing."""
    try:
        clean = CACHE / key(entry)
    except subprocess.CalledProcessError as error:
        return f"{entry['file']}: {error.stderr}"
    if clean.exists():
        clean.touch()
        return ""
    ran = subprocess.run(["clang-tidy", "-p", build, "--quiet", entry["file"]], capture_output=True, text=True, check=False)
    if ran.returncode == 0:
        clean.touch()
        return ""
    return ran.stdout + ran.stderr


def main():
    build = sys.argv[1]
    CACHE.mkdir(parents=True, exist_ok=True)
    wanted = [str(ROOT / name) for name in sys.argv[2:]]
    folders = tuple(str(ROOT / folder) + os.sep for folder in ("protocol", "service"))
    entries = [entry for entry in json.loads((pathlib.Path(build) / "compile_commands.json").read_text())
               if (entry["file"] in wanted if wanted else entry["file"].startswith(folders))]
    if not entries:
        sys.exit("tidy.py: no such source is built there")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        said = [text for text in pool.map(functools.partial(check, build), entries) if text]
    if said:
        print("\n".join(said))
    print(f"{len(entries)} sources, {len(said)} with warnings or errors")
    sys.exit(1 if said else 0)


main()
