#!/usr/bin/python3
"""Checks what is deployed, without a cluster: tests/manifests.py [--helm] (python3-yaml)

  chart       rendered with several values, it gives what deploy/kubernetes holds and what Kubernetes' schemas allow, and refuses bad values. This
              needs helm (in HELM, in the path, or from `tests/get-tools.sh helm`); --helm makes its absence a failure. Without helm the
              manifests in deploy/kubernetes, which are rendered from the chart, stand for it: their first line has the chart's digest.
  schemas     every object is valid in Kubernetes 1.25 and later (tests/get-tools.sh schemas; CI=true makes their absence a failure)
  sidecar     the values for the NATS chart are applied, as Helm would, to a pod template whose user has settings of their own: these stay,
              and the sidecar comes. Where NATS_CHART names a folder with the official chart, that is rendered, too
  compose     the compose file names services, volumes and images that fit
  unit        systemd understands the unit, and finds little to say against it (where systemd-analyze is)
  grants      deploy/PERMISSIONS.md gives the same grants as configuration and as `nsc` commands
  example     the example configuration has every setting of the program ($JETKEEP_BINARY, or build/jetkeep), with its default where it sets one

The images are of this version.
"""
import copy
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

from real_server import ROOT, servers

FOLDER = ROOT / "deploy/kubernetes"
CHART = ROOT / "deploy/helm/jetkeep"
TOOLS = servers() / "tools"
SCHEMAS = TOOLS / "kubernetes-validate-1.37.0"
VERSIONS = ("1.25", "1.34")
CI = os.environ.get("CI") == "true"


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


def run(*command, **more):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **more)


def skipped(what, why):
    print(f"skipped: {what}: {why}")


# --- schemas

def validated(expect, files):
    """Whether Kubernetes would take the objects in these files; nothing is downloaded."""
    if not SCHEMAS.exists():
        expect(not CI, "the schemas of Kubernetes are missing (tests/get-tools.sh)")
        return skipped("schemas", "kubernetes-validate is missing (tests/get-tools.sh)")
    for version in VERSIONS:
        said = run(sys.executable, "-m", "kubernetes_validate", "-k", version, "--strict", *files,
                   env=os.environ | {"PYTHONPATH": str(SCHEMAS)})
        expect(said.returncode == 0, f"Kubernetes {version} takes the objects: {said.stdout[-1500:]}{said.stderr[-1500:]}")


def check_schemas_find_errors(expect, folder):
    """What is checked can fail."""
    if SCHEMAS.exists():
        wrong = folder / "wrong.yaml"
        wrong.write_text((FOLDER / "jetkeep-deployment.yaml").read_text().replace("automountServiceAccountToken", "automountToken"))
        said = run(sys.executable, "-m", "kubernetes_validate", "-k", VERSIONS[-1], "--strict", wrong, env=os.environ | {"PYTHONPATH": str(SCHEMAS)})
        expect(said.returncode != 0, "a misspelt field is found")


# --- the chart

FULL_VALUES = """
image: {repository: registry.example.org/jetkeep, tag: "1", pullSecrets: [{name: pull}]}
nats: {url: "tls://nats:4222", credsSecret: creds, credsKey: a.creds, tlsSecret: tls, clientCertificate: true}
config: {backup: {compression: best}, control: {max_jobs: 4}}
env: [{name: JETKEEP_LOG_LEVEL, value: debug}]
volumes: [{name: extra, emptyDir: {}}]
volumeMounts: [{name: extra, mountPath: /extra}]
repository: {size: 1Ti, storageClass: retained, accessModes: [ReadWriteOncePod]}
cronJobs:
  - {name: nightly, schedule: "15 2 * * *", args: [backup, --all]}
  - {name: weekly, schedule: "@weekly", args: [verify, --drill], suspend: true}
cronJobDefaults: {timeZone: Europe/Berlin, credsSecret: operator-creds, retries: 3}
networkPolicy: {enabled: true, natsLabels: {app: nats}, natsPort: 4333}
metrics: {enabled: true, port: 9999}
podAnnotations: {a: b}
podLabels: {team: storage}
nodeSelector: {disk: ssd}
tolerations: [{key: storage, operator: Exists}]
affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: Exists}]}]}}}
priorityClassName: high
"""
BAD_VALUES = ("metrics.port=80", "nats.urls=nats://nats:4222", "image.pullPolicy=Sometimes", "cronJobs[0].name=nightly", "networkPolicy.natsPort=99999999",
              "repository.size=much", "repositroy.size=1Gi")


def the_helm():
    program = os.environ.get("HELM") or shutil.which("helm") or TOOLS / "helm-3.22.0/helm"
    return program if pathlib.Path(program).exists() else None


def check_chart(expect, folder, helm):
    helped = {"HELM": str(helm), "HOME": str(folder), "PATH": os.environ["PATH"]}
    said = run(ROOT / "deploy/helm/render.sh", "--check", env=helped)
    expect(said.returncode == 0, f"deploy/kubernetes is what the chart renders: {said.stderr}")
    said = run(helm, "lint", "--strict", CHART, env=helped)
    expect(said.returncode == 0, f"helm lint: {said.stdout}{said.stderr}")
    (folder / "full.yaml").write_text(FULL_VALUES)
    rendered = {}
    for name, arguments in (("default", []), ("full", ["--values", folder / "full.yaml"]),
                            ("existing", ["--set", "repository.existingClaim=mine,nats.credsSecret=,nats.url="]),
                            ("cron", ["--values", ROOT / "deploy/helm/example-cronjobs.yaml"])):
        said = run(helm, "template", "backups", CHART, "--kube-version", "1.34.0", *arguments, env=helped)
        expect(said.returncode == 0, f"the chart renders with the values {name}: {said.stderr}")
        rendered[name] = folder / f"{name}.rendered.yaml"
        rendered[name].write_text(said.stdout)
    validated(expect, rendered.values())
    objects = {name: [entry for entry in yaml.safe_load_all(file.read_text()) if entry] for name, file in rendered.items()}
    kinds = [entry["kind"] for entry in objects["full"]]
    expect(sorted(kinds) == sorted(["ConfigMap", "Deployment", "NetworkPolicy", "PersistentVolumeClaim", "Service", "CronJob", "CronJob"]),
           f"the full values give every kind of object: {kinds}")
    for name, entries in objects.items():
        for entry in entries:
            if entry["kind"] in ("Deployment", "CronJob"):
                check_pod(expect, entry, f"{name}: {entry['kind']}")
    full = next(entry for entry in objects["full"] if entry["kind"] == "Deployment")["spec"]["template"]
    expect(full["spec"]["containers"][0]["image"] == "registry.example.org/jetkeep:1", "the image is the user's")
    expect(full["metadata"]["labels"]["team"] == "storage" and full["spec"]["priorityClassName"] == "high", "the user's settings of the pod come")
    config = yaml.safe_load(next(entry for entry in objects["full"] if entry["kind"] == "ConfigMap")["data"]["jetkeep.yaml"])
    expect(config == {"backup": {"compression": "best"}, "control": {"max_jobs": 4}}, f"the configuration comes as it is: {config}")
    service = next(entry for entry in objects["full"] if entry["kind"] == "Service")["spec"]
    expect(service["selector"].items() <= full["metadata"]["labels"].items() and
           service["ports"][0]["targetPort"] in [port["name"] for port in full["spec"]["containers"][0]["ports"]], "the service finds the metrics")
    said = run(helm, "template", "backups", CHART, "--kube-version", "1.34.0", "--set", "metrics.enabled=true,metrics.podMonitor=true", env=helped)
    expect("kind: PodMonitor" in said.stdout and "jobLabel: app.kubernetes.io/name" in said.stdout, f"a PodMonitor comes if it is wanted {said.stderr}")
    mounts = json.dumps(objects["existing"])
    expect('"claimName": "mine"' in mounts and "PersistentVolumeClaim" not in {e["kind"] for e in objects["existing"]}, "a claim that is there is used")
    expect("NATS_CREDS" not in mounts and "NATS_URL" not in mounts, "no login is named where there is none")
    for bad in BAD_VALUES:
        expect(run(helm, "template", "backups", CHART, "--kube-version", "1.34.0", "--set", bad, env=helped).returncode != 0, f"the chart refuses {bad}")


def check_pod(expect, entry, what):
    """Least rights; every mount has its volume; the program takes the command's flags."""
    template = entry["spec"]["template"] if entry["kind"] == "Deployment" else entry["spec"]["jobTemplate"]["spec"]["template"]
    pod, (container,) = template["spec"], template["spec"]["containers"]
    security = container["securityContext"]
    expect(security["readOnlyRootFilesystem"] and security["capabilities"] == {"drop": ["ALL"]} and not security["allowPrivilegeEscalation"],
           f"{what}: least rights")
    expect(pod["securityContext"]["runAsNonRoot"] and pod["automountServiceAccountToken"] is False, f"{what}: not root, no token")
    names = {volume["name"] for volume in pod.get("volumes", [])}
    expect(all(mount["name"] in names for mount in container.get("volumeMounts", [])), f"{what}: each mount has its volume")
    known = run(os.environ.get("JETKEEP_BINARY", ROOT / "build/jetkeep"), "help", container["args"][0]).stdout
    missing = [argument for argument in container["args"] if argument.startswith("--") and f"{argument} " not in known]
    expect(known and not missing, f"{what}: the program knows {container['args']}")


def check_rendered(expect, version):
    """Without helm: the manifests come from this chart, and fit together."""
    files = [CHART / "Chart.yaml", CHART / "values.yaml", ROOT / "deploy/helm/example-cronjobs.yaml", *sorted((CHART / "templates").iterdir())]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    expect(chart["version"] == version == chart["appVersion"], f"the chart is of version {version}")
    schema, values = json.loads((CHART / "values.schema.json").read_text()), yaml.safe_load((CHART / "values.yaml").read_text())
    expect(set(schema["properties"]) - {"global"} == set(values), "the schema knows the values, and no others")
    objects = {}
    for file in sorted(FOLDER.glob("jetkeep-*.yaml")):
        expect(f"({digest})" in file.read_text(), f"{file.name} is rendered from this chart (deploy/helm/render.sh)")
        for entry in yaml.safe_load_all(file.read_text()):
            objects.setdefault(entry["kind"], []).append(entry)
    validated(expect, sorted(FOLDER.glob("jetkeep-*.yaml")))
    (deployment,), (policy,), (claim,) = objects["Deployment"], objects["NetworkPolicy"], objects["PersistentVolumeClaim"]
    expect(len(objects["CronJob"]) == 3, "there are examples of cron jobs")
    for entry in (deployment, *objects["CronJob"]):
        check_pod(expect, entry, entry["metadata"]["name"])
    pod = deployment["spec"]["template"]
    container = pod["spec"]["containers"][0]
    expect(container["image"] == f"jetkeep:{version}", f"the image {container['image']} is of version {version}")
    for probe in ("readinessProbe", "livenessProbe"):
        expect(container[probe]["exec"]["command"] == ["/usr/local/bin/jetkeep", "ping"], f"{probe} asks the service")
    selector, labels = deployment["spec"]["selector"]["matchLabels"], pod["metadata"]["labels"]
    expect(selector.items() <= labels.items(), "the Deployment finds its pods")
    expect(policy["spec"]["podSelector"]["matchLabels"].items() <= labels.items(), "the network policy is for the Deployment's pods")
    for job in objects["CronJob"]:
        found = job["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
        expect(policy["spec"]["podSelector"]["matchLabels"].items() <= found.items(), "the network policy is for cron jobs")
        expect(not selector.items() <= found.items(), "the Deployment does not take pods of cron jobs for its own")
    return claim["metadata"]["name"]


# --- the sidecar

def check_sidecar(expect, version, claim):
    pod = pod_of({})
    sidecar = {container["name"]: container for container in pod["containers"]}["jetkeep"]
    names = {volume["name"] for volume in pod["volumes"]}
    expect(len(pod["containers"]) == 3 and "config" in names, "the chart's own containers and volumes stay")
    expect(all(mount["name"] in names for mount in sidecar["volumeMounts"]), "each mount of the sidecar has its volume")
    expect(pod["securityContext"].get("fsGroup"), "the sidecar's volume has a group that it may write as")
    own = {"runAsUser": 1000, "fsGroup": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
    kept = pod_of({"podTemplate": {"merge": {"spec": {"securityContext": own}}}})["securityContext"]
    expect(own.items() <= kept.items(), f"the user's security context stays: {kept}")
    expect(sidecar["image"] == f"jetkeep:{version}", f"the image {sidecar['image']} is of version {version}")
    security = sidecar["securityContext"]
    expect(security["readOnlyRootFilesystem"] and security["capabilities"] == {"drop": ["ALL"]}, "least rights")
    expect(claim in {volume.get("persistentVolumeClaim", {}).get("claimName") for volume in pod["volumes"]},
           "the sidecar's claim is the one that is there")


def check_official_chart(expect, folder, helm):
    """The official chart itself, of which none is kept here."""
    official = os.environ.get("NATS_CHART")
    if not official or not helm:
        return skipped("the official NATS chart", "NATS_CHART names no copy of it" if not official else "helm is not there")
    said = run(helm, "template", "nats", official, "--kube-version", "1.34.0", "--values", FOLDER / "values-nats-sidecar.yaml", "--set", "config.jetstream.enabled=true",
               env={"HOME": str(folder), "PATH": os.environ["PATH"]})
    expect(said.returncode == 0, f"the official chart renders with the sidecar: {said.stderr}")
    file = folder / "nats.rendered.yaml"
    file.write_text(said.stdout)
    validated(expect, [file])
    stateful = [entry for entry in yaml.safe_load_all(said.stdout) if entry and entry["kind"] == "StatefulSet"]
    expect(stateful and "jetkeep" in [c["name"] for c in stateful[0]["spec"]["template"]["spec"]["containers"]], "the sidecar is in the server's pod")


# --- the rest

def check_compose(expect, version):
    compose = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
    service = compose["services"]["jetkeep"]
    expect(service["image"] == f"jetkeep:{version}", f"compose: the image is of version {version}")
    expect(service["read_only"] and service["cap_drop"] == ["ALL"], "compose: least rights")
    named = {mount.split(":")[0] for entry in compose["services"].values() for mount in entry.get("volumes", [])}
    expect(named == set(compose["volumes"]), f"compose: volumes {named}")
    expect(set(service["depends_on"]) <= set(compose["services"]), "compose: what it depends on is there")


def check_unit(expect, folder):
    if not shutil.which("systemd-analyze"):
        expect(not CI, "systemd-analyze is missing")
        return skipped("unit", "systemd-analyze is not there")
    program = pathlib.Path(os.environ.get("JETKEEP_BINARY", ROOT / "build/jetkeep")).resolve()
    unit = folder / "jetkeep.service"
    unit.write_text((ROOT / "deploy/systemd/jetkeep.service").read_text().replace("/usr/local/bin/jetkeep", str(program)))
    said = run("systemd-analyze", "verify", "--man=no", unit)
    expect(said.returncode == 0 and "jetkeep.service" not in said.stderr, f"systemd understands the unit: {said.stderr}")
    said = run("systemd-analyze", "security", "--offline=true", "--threshold=20", unit)
    expect(said.returncode == 0, f"the unit's exposure is at most 2.0: {said.stdout[-300:]}{said.stderr}")


def check_grants(expect):
    """The users of the configuration and those of the commands are the same, with the same grants."""
    text = (ROOT / "deploy/PERMISSIONS.md").read_text()
    conf = {}
    for user, body in re.findall(r"{ user: (\w+), password: .*?permissions: {(.*?)} }\n", text, re.S):
        subjects = {kind: set(re.findall(r'"([^"]+)"', (re.search(rf"{kind}: \[(.*?)\]", body, re.S) or ["", ""])[1]))
                    for kind in ("publish", "subscribe")}
        conf[user] = (subjects["publish"], subjects["subscribe"], "allow_responses" in body)
    commands = {}
    for user, body in re.findall(r"nsc add user --account APP --name (\w+)(.*?)(?=\nnsc )", text, re.S):
        lists = {flag: {subject for one in re.findall(rf"--{flag} '([^']*)'", body) for subject in one.split(",")}
                 for flag in ("allow-pub", "allow-sub")}
        commands[user] = (lists["allow-pub"], lists["allow-sub"], "--allow-pub-response" in body)
    expect(len(conf) >= 5 and all(publish and subscribe for publish, subscribe, _ in conf.values()), f"PERMISSIONS.md has users: {list(conf)}")
    expect(conf == commands, f"PERMISSIONS.md: configuration and commands agree: {conf} {commands}")
    # What the tables explain is what the service's user has; what the tests of permissions need is among it.
    explained = {subject for row in re.findall(r"^\| (`\$JS.*?) \|", text, re.M) for subject in re.findall(r"`([^`]+)`", row)}
    granted = {subject for subject in conf["jetkeep"][0] if subject.startswith("$JS.")}
    expect(explained == granted, f"PERMISSIONS.md explains what the service is granted: {explained ^ granted}")
    source = (ROOT / "tests/integration/permissions_test.cc").read_text()
    needed = set(re.findall(r'"([^"]+)"', re.search(r"kJetStreamGrants\{(.*?)\};", source, re.S)[1]))
    expect(needed and needed <= granted, f"the tests of permissions need no more than that: {needed - granted}")
    expect(conf["backup_only"][0] < conf["jetkeep"][0] and not any("RESTORE" in s or "DELETE" in s for s in conf["backup_only"][0]),
           "who can only back up has fewer grants")


def main():
    failed = []

    def expect(good, what):
        if not good:
            failed.append(what)

    version = re.search(r"^project\(jetkeep VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.M)[1]
    with tempfile.TemporaryDirectory(prefix="jetkeep-manifests.") as name:
        folder, helm = pathlib.Path(name), the_helm()
        claim = check_rendered(expect, version)
        check_schemas_find_errors(expect, folder)
        if helm:
            check_chart(expect, folder, helm)
        else:
            expect("--helm" not in sys.argv, "helm is missing (tests/get-tools.sh helm)")
            skipped("chart", "helm is not there (tests/get-tools.sh helm); only what was rendered from it is checked")
        check_sidecar(expect, version, claim)
        check_official_chart(expect, folder, helm)
        check_compose(expect, version)
        check_unit(expect, folder)
    check_grants(expect)
    check_example(expect)
    print("\n".join(failed) or "manifests: all as expected")
    sys.exit(1 if failed else 0)


main()
