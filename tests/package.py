#!/usr/bin/env python3
"""Builds the Debian package, and installs, uses, upgrades, removes and purges it on a bare Debian bookworm.

    tests/package.py [PACKAGE]        as root; PACKAGE: one that deploy/build-package.sh has made

Needs a server and the nats command line (tests/get-servers.sh), mmdebstrap, and the mirror of this machine's apt. There is no systemd in the
bare Debian: the unit is checked as a file. Exit status 0: all checks passed.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

from real_server import ROOT, Server, expect, wait_for

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def mirror():
    said = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"],
                          capture_output=True, text=True, check=True).stdout
    return next(line.split()[0] for line in said.splitlines() if line.split()[1:] == ["bookworm", "main"])


class Debian:
    """A bare Debian in a folder."""

    def __init__(self, root):
        self.root = root
        subprocess.run([ROOT / "deploy/install-packages.sh", "image"], check=True)
        subprocess.run(["mmdebstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", root, mirror()], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for name in ("resolv.conf", "hosts"):
            shutil.copy(f"/etc/{name}", root / "etc" / name)
        for file in pathlib.Path("/etc/apt/apt.conf.d").iterdir():
            shutil.copy(file, root / "etc/apt/apt.conf.d")

    def command(self, *arguments, user="root"):
        inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
                  'mount -t proc proc "$1/proc" && mount --bind /dev "$1/dev" && root=$1 user=$2 && shift 2 && '
                  'exec chroot --userspec="$user" "$root" "$@"', "sh", str(self.root), user]
        return [*inside, *arguments]

    def run(self, *arguments, user="root", good=True, **variables):
        environment = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        environment |= {"PATH": PATH, "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", **variables}
        said = subprocess.run(self.command(*arguments, user=user), env=environment, capture_output=True, text=True, check=False)
        if good and said.returncode != 0:
            raise AssertionError(f"{' '.join(arguments)} ended with {said.returncode}: {said.stdout}{said.stderr}")
        return said

    def has(self, path):
        return (self.root / path.lstrip("/")).exists()


def check_metadata(package, version):
    def field(name):
        return subprocess.run(["dpkg-deb", "--field", package, name], capture_output=True, text=True, check=True).stdout.strip()

    expect(field("Version") == version and field("Package") == "jetkeep", f"the package is jetkeep {version}")
    depends = field("Depends")
    listed = re.search(r"\[run\]\n(.*?)\n\n", (ROOT / "deploy/packages.txt").read_text(), re.S)[1].split()
    missing = [name for name in listed if not re.search(rf"(^|[ ,]){re.escape(name)}\b", depends) and name not in ("ca-certificates",)]
    expect(not missing and "ca-certificates" in depends, f"it depends on what the program runs with, {depends}; not {missing}")
    contents = subprocess.run(["dpkg-deb", "--contents", package], capture_output=True, text=True, check=True).stdout
    wrong = [line for line in contents.splitlines() if "root/root" not in line or re.match(r".....w..w", line)]
    expect(not wrong, f"all files are root's, and nobody else may write them {wrong}")
    outside = [line for line in contents.splitlines() if not re.search(r" \./($|usr/|etc/jetkeep/|etc/$)", line)]
    expect(not outside, f"it has files below /usr and /etc/jetkeep only {outside}")


def check_installed(debian, version):
    said = debian.run("jetkeep", "--version").stdout
    expect(version in said, f"the program runs: {said.strip()}")
    for path in ("/usr/lib/systemd/system/jetkeep.service", "/usr/share/man/man1/jetkeep.1", "/usr/share/doc/jetkeep/copyright",
                 "/usr/share/bash-completion/completions/jetkeep", "/usr/share/zsh/vendor-completions/_jetkeep",
                 "/usr/share/fish/vendor_completions.d/jetkeep.fish", "/usr/share/doc/jetkeep/deploy/RUNBOOK.md", "/etc/jetkeep/jetkeep.yaml"):
        expect(debian.has(path), f"{path} is there")
    sections = subprocess.run(["readelf", "-SW", debian.root / "usr/bin/jetkeep"], capture_output=True, text=True, check=True).stdout
    expect(".symtab" not in sections, "the program is stripped")
    unit = (debian.root / "usr/lib/systemd/system/jetkeep.service").read_text()
    started = re.search(r"^ExecStart=(\S+) serve --config (\S+)", unit, re.M)
    expect(started and debian.has(started[1]) and debian.has(started[2]) and "/usr/local" not in unit,
           "the unit names the program and the settings of the package")
    entry = debian.run("getent", "passwd", re.search(r"^User=(.+)", unit, re.M)[1]).stdout
    expect(entry.strip().endswith("/usr/sbin/nologin"), f"the unit's user is there: {entry.strip()}")
    words = debian.run("bash", "-c", "source /usr/share/bash-completion/completions/jetkeep; COMP_WORDS=(jetkeep back); COMP_CWORD=1; "
                                     "_jetkeep; echo ${COMPREPLY[@]}").stdout
    expect(words.split() == ["backup"], "bash completes")
    broken = []
    for file in (debian.root / "usr/share/doc/jetkeep").rglob("*.md"):
        for target in re.findall(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)", file.read_text()):
            if target.endswith(".md") and not (file.parent / target).exists() and not re.search(r"tests/|CONTRIBUTING|DESIGN", target):
                broken.append(f"{file.name}: {target}")
    expect(not broken, f"the links between its documents work {broken}")


def check_use(debian, server):
    """What the unit does, by hand: its user, its settings, its directory."""
    entry = debian.run("getent", "passwd", "jetkeep").stdout.split(":")
    repository = debian.root / "var/lib/jetkeep"
    repository.mkdir(mode=0o700)
    os.chown(repository, int(entry[2]), int(entry[3]))
    environment = {"PATH": PATH, "HOME": "/", "NATS_URL": server.url}
    service = subprocess.Popen(debian.command("jetkeep", "serve", "--config", "/etc/jetkeep/jetkeep.yaml", user="jetkeep:jetkeep"),
                               env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for("the service answers", lambda: debian.run("jetkeep", "ping", good=False, NATS_URL=server.url).returncode == 0)
        server.add("ORDERS", 1000)
        debian.run("jetkeep", "backup", "ORDERS", NATS_URL=server.url)
        server.remove("ORDERS")
        debian.run("jetkeep", "restore", "ORDERS", NATS_URL=server.url)
        expect(server.state("ORDERS")["messages"] == 1000, "a backup and a restore by the installed service")
    finally:
        # The program itself, unshare's child.
        child = pathlib.Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text().split()
        os.kill(int(child[0]), signal.SIGTERM)
        service.wait(60)


def check_gone(debian, package):
    (debian.root / "etc/jetkeep/jetkeep.yaml").write_text("control: {max_jobs: 3}\n")
    debian.run("apt-get", "install", "-y", "-q", "--reinstall", f"/{package.name}")
    expect("max_jobs: 3" in (debian.root / "etc/jetkeep/jetkeep.yaml").read_text(), "another installation keeps the settings")
    files = debian.run("dpkg", "-L", "jetkeep").stdout.split()
    debian.run("apt-get", "remove", "-y", "-q", "jetkeep")
    left = [path for path in files if (debian.root / path.lstrip("/")).is_file() and not path.startswith("/etc/")]
    expect(not left and debian.has("/etc/jetkeep/jetkeep.yaml"), f"removal takes the files and leaves the settings {left}")
    said = debian.run("apt-get", "purge", "-y", "-q", "jetkeep")
    expect(not debian.has("/etc/jetkeep"), "a purge takes the settings")
    expect(debian.has("/var/lib/jetkeep/repository.json") and "stay" in said.stderr + said.stdout, "backups stay, and it says so")


def main():
    version = re.search(r"^project\(jetkeep VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.M)[1]
    with tempfile.TemporaryDirectory(prefix="jetkeep-package.") as name:
        work = pathlib.Path(name)
        work.chmod(0o755)
        if len(sys.argv) > 1:
            package = pathlib.Path(sys.argv[1]).resolve()
        else:
            made = subprocess.run([ROOT / "deploy/build-package.sh", work], check=True, capture_output=True, text=True).stdout
            package = pathlib.Path(made.split()[-1])
        print(f"size: {package.stat().st_size // 1000} kB, {package.name}")
        check_metadata(package, version)
        (work / "root").mkdir()
        debian = Debian(work / "root")
        shutil.copy(package, debian.root)
        debian.run("apt-get", "update", "-q")
        debian.run("apt-get", "install", "-y", "-q", "--no-install-recommends", f"/{package.name}")
        check_installed(debian, version)
        (work / "server").mkdir()
        with Server("2.15", work / "server") as server:
            check_use(debian, server)
        check_gone(debian, package)


main()
