#!/usr/bin/env python3
"""Builds the image and uses it as a container engine would: with its user, a read-only root, its volume and its commands.

    tests/image.py [ARCHIVE]        as root; ARCHIVE: an image that deploy/build-image.sh --save has written

Needs a server and the nats command line (tests/get-servers.sh). Prints the image's size. Exit status 0: all checks passed.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile

from real_server import ROOT, Server, expect, wait_for

COMPILERS = re.compile(r"^(.*-)?(gcc|g\+\+|cc|c\+\+|cpp|clang|ld|as|make|cmake|ninja|python3?|pkg-config|git)(-?[\d.]+)?$")


def unpack(archive, root):
    """The file system of a `docker save` archive, and its configuration."""
    with tarfile.open(archive) as image:
        manifest = json.load(image.extractfile("manifest.json"))[0]
        config = json.load(image.extractfile(manifest["Config"]))
        for layer in manifest["Layers"]:
            with tarfile.open(fileobj=image.extractfile(layer)) as files:
                for name in (member.name for member in files if os.path.basename(member.name).startswith(".wh.")):
                    gone = root / os.path.dirname(name) / os.path.basename(name)[len(".wh."):]
                    if gone.is_dir() and not gone.is_symlink():
                        shutil.rmtree(gone)
                    else:
                        gone.unlink(missing_ok=True)
            subprocess.run(["tar", "-x", "--numeric-owner", "-p", "--exclude=.wh.*", "-C", root], check=True,
                           input=image.extractfile(layer).read())
    return config["config"]


class Container:
    """Runs what the image's configuration says, without the right to write anywhere but to its volume and /tmp."""

    def __init__(self, root, config, volume, variables):
        self.root, self.config, self.volume = root, config, volume
        self.environment = dict(entry.split("=", 1) for entry in config["Env"]) | variables

    def command(self, arguments):
        (place,) = self.config["Volumes"]
        script = """set -e
root=$1 volume=$2 place=$3 user=$4; shift 4
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --bind "$volume" "$root$place"
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
exec chroot --userspec="$user" --groups= "$root" "$@"
"""
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh", str(self.root),
                str(self.volume), place, self.config["User"], *arguments]

    def run(self, *arguments):
        return subprocess.run(self.command(arguments), env=self.environment, capture_output=True, text=True, timeout=120,
                              check=False)

    def jetkeep(self, *arguments):
        return self.run(*self.config["Entrypoint"], *arguments)

    def start(self):
        return subprocess.Popen(self.command([*self.config["Entrypoint"], *self.config["Cmd"]]), env=self.environment,
                                stderr=subprocess.PIPE, text=True)


def check_files(root):
    found = [str(path.relative_to(root)) for folder in ("bin", "usr/bin", "usr/local/bin", "usr/sbin")
             for path in (root / folder).iterdir() if COMPILERS.match(path.name)]
    expect(not found, f"no compiler and no build tool is inside {found or ''}")
    sections = subprocess.run(["readelf", "-SW", root / "usr/local/bin/jetkeep"], capture_output=True, text=True, check=True)
    expect(".symtab" not in sections.stdout and ".debug_info" not in sections.stdout, "the program is stripped")
    expect((root / "usr/local/share/doc/jetkeep/LICENSE").is_file(), "the licence is inside")
    expect(not any((root / "var/lib/apt/lists").glob("*Packages*")), "no package lists are inside")


def check_config(config):
    version = re.search(r"^project\(jetkeep VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.M)[1]
    labels = {name.rsplit(".", 1)[1]: value for name, value in config["Labels"].items() if "opencontainers" in name}
    expect(labels["licenses"] == "Apache-2.0" and labels["version"] == version, f"labels: {labels}")
    expect(re.fullmatch("[0-9a-f]{40}(-dirty)?", labels["revision"]), "the label `revision` is a commit")
    expect(config["User"].split(":")[0] not in ("", "0", "root"), f"the user is {config['User']}, not root")
    expect(config["Healthcheck"]["Test"] == ["CMD", "/usr/local/bin/jetkeep", "ping"], "the health check is `jetkeep ping`")
    return version, labels["revision"]


def check_use(container, server, version, revision):
    healthy = container.config["Healthcheck"]["Test"][1:]
    expect(container.run(*healthy).returncode != 0, "the health check fails while nothing serves")
    said = container.jetkeep("version", "--json").stdout
    expect(version in said and revision in said, f"the program knows its version and commit: {said.strip()}")
    service = container.start()
    try:
        wait_for("the container is healthy", lambda: container.run(*healthy).returncode == 0)
        print("ok: the container serves and is healthy")
        server.add("ORDERS", 1000)
        backup = container.jetkeep("backup", "ORDERS", "--json")
        expect(backup.returncode == 0, f"a backup in the container {backup.stderr}")
        verify = container.jetkeep("verify", "--drill")
        expect(verify.returncode == 0, f"a drill in the container {verify.stderr}")
        server.remove("ORDERS")
        restore = container.jetkeep("restore", "ORDERS")
        expect(restore.returncode == 0, f"a restore in the container {restore.stderr}")
        expect(server.state("ORDERS")["messages"] == 1000, "all messages are back")
        written = container.run("/bin/sh", "-c", "touch /usr/local/x /x")
        expect(written.returncode != 0 and "Read-only" in written.stderr, "nothing can be written but the volume")
    finally:
        # The program itself, as an engine would: unshare's child.
        child = pathlib.Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text().split()
        os.kill(int(child[0]), signal.SIGTERM)
        log = service.communicate(timeout=60)[1]
    expect(service.returncode == 0, f"SIGTERM ends it with 0 {log if service.returncode else ''}")
    listed = container.jetkeep("list", "--repository", container.environment["JETKEEP_REPOSITORY"])
    expect("ORDERS" in listed.stdout, f"the backup is on the volume {listed.stderr}")


def main():
    with tempfile.TemporaryDirectory(prefix="jetkeep-image.") as name:
        work = pathlib.Path(name)
        archive = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else work / "image.tar"
        if len(sys.argv) == 1:
            subprocess.run([ROOT / "deploy/build-image.sh", "--tag", "jetkeep:test", "--save", archive], check=True)
        root, volume, store = work / "root", work / "volume", work / "server"
        for folder in (root, volume, store):
            folder.mkdir(mode=0o755)
        work.chmod(0o755)
        config = unpack(archive, root)
        size = subprocess.run(["du", "-s", "--apparent-size", "-B1000000", root], capture_output=True, text=True, check=True)
        print(f"size: {size.stdout.split()[0]} MB, packed {archive.stat().st_size // 1000000} MB")
        check_files(root)
        version, revision = check_config(config)
        user, group = (int(part) for part in config["User"].split(":"))
        os.chown(volume, user, group)
        with Server("2.15", store) as server:
            check_use(Container(root, config, volume, {"NATS_URL": server.url}), server, version, revision)


main()
