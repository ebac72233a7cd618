#!/usr/bin/env python3
"""Checks that dependencies point one way: which folder may include what of ours, and which folder owns which
third-party header. The build runs it (target `layers`), so a wrong include fails the build.

    tests/layers.py [CHECKOUT]     exit status 0: all includes are allowed

The table is the truth of service/DESIGN.md, "Folders": a folder may use `include/jetkeep`, itself, and what is named here.
"""
import pathlib
import re
import sys

# Pure formats use contracts and formats only.
BASE = {"protocol/base"}
MAY_USE = {
    "include": set(),
    "protocol/base": set(),
    "protocol/subjects": BASE,
    "protocol/sequences": {"protocol/codec"},
    "protocol/codec": BASE,
    "protocol/s2": {"protocol/codec"},
    "protocol/tar": BASE,
    "protocol/json": BASE,
    "protocol/js_config": BASE | {"protocol/json", "protocol/js_api"},
    "protocol/v1": BASE | {"protocol/codec", "protocol/sequences", "protocol/json"},
    "protocol/v2": BASE | {"protocol/codec", "protocol/json"},
    "protocol/archive": BASE | {"protocol/codec", "protocol/js_config", "protocol/json", "protocol/s2",
                                "protocol/sequences", "protocol/tar", "protocol/v1", "protocol/v2"},
    "protocol/filestore": BASE | {"protocol/codec", "protocol/s2", "protocol/sequences", "protocol/v1"},
    "protocol/repository": BASE | {"protocol/codec", "protocol/json", "protocol/sequences", "protocol/v1",
                                   "protocol/v2"},
    "protocol/js_api": BASE | {"protocol/codec", "protocol/json", "protocol/sequences"},
    "protocol/cli_layout": BASE | {"protocol/codec", "protocol/json", "protocol/js_api"},
    "protocol/nack": BASE | {"protocol/js_config", "protocol/json"},
    "protocol/control": BASE | {"protocol/codec", "protocol/json", "protocol/subjects"},
    "service/work": BASE,
    "service/telemetry": BASE,
    "service/loop": set(),
    "service/store": BASE | {"protocol/codec", "protocol/repository", "service/work"},
    "service/nats": BASE | {"protocol/codec", "protocol/js_api", "protocol/json", "protocol/js_config",
                            "protocol/s2", "protocol/sequences", "service/work"},
    "service/repository": {"protocol/base", "protocol/codec", "protocol/repository", "protocol/s2",
                           "protocol/sequences", "protocol/v1", "protocol/v2", "service/store",
                           "service/work", "service/telemetry"},
    "service/policy": BASE,
    "service/engine": {"protocol/archive", "protocol/base", "protocol/cli_layout", "protocol/codec", "protocol/filestore",
                       "protocol/js_api", "protocol/js_config", "protocol/json", "protocol/nack", "protocol/repository", "protocol/s2",
                       "protocol/sequences", "protocol/subjects", "protocol/tar", "protocol/v1",
                       "service/policy", "service/repository", "service/telemetry", "service/work"},
    "service/jobs": {"protocol/base", "protocol/repository", "service/loop", "service/repository", "service/telemetry",
                     "service/work"},
    "service/control": {"service/jobs", "protocol/base", "protocol/control", "protocol/js_api", "protocol/js_config",
                        "protocol/subjects", "service/loop", "service/nats", "service/telemetry",
                        "service/work"},
    "service/http": BASE | {"service/work"},
    "service/observe": BASE | {"protocol/repository", "service/jobs", "service/loop", "service/policy", "service/repository",
                               "service/telemetry", "service/work"},
    "service/config": BASE | {"protocol/codec"},
    "service/setup": {"protocol/base", "protocol/codec", "protocol/control", "service/config", "service/engine", "service/nats",
                      "service/repository", "service/store", "service/work"},
    "service/cli": {"protocol", "service/config", "service/engine", "service/nats", "service/repository",
                    "service/setup", "service/work"},
    "service/app": {"protocol", "service"},
}
# Each third-party library has one door.
DOORS = {
    "CLI/": "service/cli",
    "archive.h": "protocol/tar",
    "archive_entry.h": "protocol/tar",
    "highwayhash/": "protocol/codec",
    "msgpack": "protocol/control",
    "nats/": "service/nats",
    "openssl/": "protocol/codec",
    "prometheus/": "service/telemetry",
    "snappy": "protocol/s2",
    "sodium": "protocol/codec",
    "spdlog/": "service/telemetry",
    "uv.h": "service/loop",
    "yaml-cpp/": "service/config",
    "zstd": "protocol/codec",
}
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def room_of(path: str) -> str:
    parts = path.split("/")
    if parts[0] in ("include", "jetkeep"):
        return "include"
    return "/".join(parts[:2])


def allowed(room: str, used: str) -> bool:
    return used in ("include", room) or any(used == may or used.startswith(may + "/") for may in MAY_USE[room])


def wrong_includes(root: pathlib.Path):
    for top in ("include", "protocol", "service"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            name = path.relative_to(root).as_posix()
            room = room_of(name)
            if room not in MAY_USE:
                yield f"{name}: tests/layers.py does not know the folder {room}; add it to MAY_USE"
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                found = INCLUDE.match(line)
                if not found:
                    continue
                mark, header = found.groups()
                if mark == '"':
                    if not allowed(room, room_of(header)):
                        yield f"{name}:{number}: {room} must not use {room_of(header)} ({header})"
                    continue
                door = next((folder for begin, folder in DOORS.items() if header.startswith(begin)), None)
                if door and door != room:
                    yield f"{name}:{number}: <{header}> belongs behind {door}"


def main() -> int:
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent
    wrong = list(wrong_includes(root))
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
