#!/usr/bin/python3
"""Checks the Kubernetes manifests and the example configuration without a cluster: tests/manifests.py (python3-yaml)

The values for the NATS chart are applied, as Helm would, to a pod template whose user has settings of their own: these stay,
and the sidecar comes. The images are of this version. The example configuration has every setting of the program ($JETKEEP_BINARY, or build/jetkeep),
with its default where it sets one.
"""
import copy
import json
import os
import pathlib
import re
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "deploy/kubernetes"


def merged(below, above):
    """Helm's way with two files of values, and the chart's with `merge`: maps are joined, anything else is replaced."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return copy.deepcopy(above)
    return {key: merged(below.get(key), above[key]) if key in above else copy.deepcopy(below[key])
            for key in {**below, **above}}


def patched(document, operations):
    """JSON patch, as far as the values use it: `add` to an object or to the end of a list."""
    document = copy.deepcopy(document)
    for operation in operations:
        assert operation["op"] == "add", operation
        *path, last = operation["path"].strip("/").split("/")
        target = document
        for name in path:
            target = target[name]
        if isinstance(target, list):
            assert last == "-", operation
            target.append(operation["value"])
        else:
            target[last] = operation["value"]
    return document


def pod_of(own):
    """The pod template of the chart, with our values and then the user's own."""
    values = merged(yaml.safe_load((FOLDER / "values-nats-sidecar.yaml").read_text()), own)["podTemplate"]
    template = {"metadata": {}, "spec": {"containers": [{"name": "nats"}, {"name": "reloader"}],
                                         "volumes": [{"name": "config"}], "enableServiceLinks": False}}
    return patched(merged(template, values["merge"]), values["patch"])["spec"]


def settings(*arguments):
    """Every setting of the program, as `config` shows it without any variable."""
    program = os.environ.get("JETKEEP_BINARY", ROOT / "build/jetkeep")
    shown = subprocess.run([program, "config", "--json", "--no-context", *arguments], env={"HOME": "/nonexistent"},
                           capture_output=True, text=True, check=True)
    return json.loads(shown.stdout)["settings"]


def check_example(expect):
    example = ROOT / "deploy/jetkeep.example.yaml"
    text = example.read_text()
    defaults, with_example = settings(), settings("--config", str(example))
    expect(len(defaults) > 20, "the program has settings")
    for key, shown in defaults.items():
        expect(re.search(rf"^[ #-]*{re.escape(key.rsplit('.', 1)[-1])}:", text, re.M), f"the example names {key}")
        if key != "repository.directory":
            expect(with_example[key]["value"] == shown["value"],
                   f"the example has the default of {key}, {shown['value']}, not {with_example[key]['value']}")


def main():
    failed = []

    def expect(good, what):
        if not good:
            failed.append(what)

    version = re.search(r"^project\(jetkeep VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.M)[1]
    pod = pod_of({})
    sidecar = {container["name"]: container for container in pod["containers"]}["jetkeep"]
    names = {volume["name"] for volume in pod["volumes"]}
    expect(len(pod["containers"]) == 3 and "config" in names, "the chart's own containers and volumes stay")
    expect(all(mount["name"] in names for mount in sidecar["volumeMounts"]), "each mount of the sidecar has its volume")
    expect(pod["securityContext"].get("fsGroup"), "the sidecar's volume has a group that it may write as")
    own = {"runAsUser": 1000, "fsGroup": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
    kept = pod_of({"podTemplate": {"merge": {"spec": {"securityContext": own}}}})["securityContext"]
    expect(own.items() <= kept.items(), f"the user's security context stays: {kept}")

    deployment = yaml.safe_load((FOLDER / "jetkeep-deployment.yaml").read_text())["spec"]["template"]["spec"]["containers"][0]
    for container in (sidecar, deployment):
        expect(container["image"] == f"jetkeep:{version}", f"the image {container['image']} is of version {version}")
        security = container["securityContext"]
        expect(security["readOnlyRootFilesystem"] and security["capabilities"] == {"drop": ["ALL"]}, "least rights")
    for probe in ("readinessProbe", "livenessProbe"):
        expect(deployment[probe]["exec"]["command"] == ["/usr/local/bin/jetkeep", "ping"], f"{probe} asks the service")
    policy = yaml.safe_load((FOLDER / "jetkeep-network-policy.yaml").read_text())["spec"]["podSelector"]["matchLabels"]
    labels = yaml.safe_load((FOLDER / "jetkeep-deployment.yaml").read_text())["spec"]["template"]["metadata"]["labels"]
    expect(policy.items() <= labels.items(), "the network policy is for the Deployment's pods")
    claim = yaml.safe_load((FOLDER / "jetkeep-backups-claim.yaml").read_text())["metadata"]["name"]
    expect(claim in {volume.get("persistentVolumeClaim", {}).get("claimName") for volume in pod["volumes"]},
           "the sidecar's claim is the one that is there")
    check_example(expect)
    print("\n".join(failed) or "manifests: all as expected")
    sys.exit(1 if failed else 0)


main()
