#!/usr/bin/env python3
"""Checks what `jetkeep config-export --nack` writes against NACK's own schemas, and that no field is lost without a word.

    tests/nack.py [CRDS]        CRDS: deploy/crds.yml of github.com/nats-io/nack; default: that of its Go module, fetched by go

A schema takes fields that it does not know (the API server drops them in silence), so here they are errors. Needs a server and
the nats command line (tests/get-servers.sh), python3-yaml and python3-jsonschema. Exit status 0: all checks passed; 77: the
schemas are not to be had.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema
import yaml

from real_server import ROOT, Server, expect, wait_for

SECOND = 10**9
STREAMS = {
    "ALL": {"subjects": ["all.>", "more"], "description": "every field", "retention": "limits", "max_consumers": 20,
            "max_msgs": 1000, "max_bytes": 1 << 20, "discard": "new", "max_age": 3600 * SECOND, "max_msgs_per_subject": 10,
            "max_msg_size": 1024, "storage": "file", "num_replicas": 1, "duplicate_window": 60 * SECOND,
            "discard_new_per_subject": True, "allow_rollup_hdrs": True, "allow_direct": True, "deny_delete": True,
            "compression": "s2", "first_seq": 100, "metadata": {"team": "a"}, "allow_msg_ttl": True,
            "subject_delete_marker_ttl": SECOND, "consumer_limits": {"inactive_threshold": 60 * SECOND, "max_ack_pending": 100},
            "republish": {"src": "all.x", "dest": "copy.x", "headers_only": True},
            "subject_transform": {"src": "all.*", "dest": "all.of.{{wildcard(1)}}"}},
    "WORK": {"subjects": ["work"], "retention": "workqueue", "storage": "memory", "no_ack": True},
    "NOTED": {"subjects": ["noted"], "retention": "interest", "allow_atomic": True, "allow_msg_schedules": True},
    "MIRROR": {"mirror": {"name": "ALL", "opt_start_seq": 100, "filter_subject": "all.>"}, "mirror_direct": True},
    "SOURCED": {"sources": [{"name": "WORK", "external": {"api": "$JS.other.API", "deliver": "other.deliver"}},
                            {"name": "ALL", "opt_start_time": "2026-01-01T00:00:00Z",
                             "subject_transforms": [{"src": "all.>", "dest": "sourced.>"}]}]},
    "COUNTED": {"subjects": ["counted.*"], "allow_msg_counter": True, "deny_delete": True},
}
CONSUMERS = {
    "ALL": {
        "pull": {"ack_policy": "explicit", "ack_wait": 30 * SECOND, "max_deliver": 5, "backoff": [SECOND, 2 * SECOND],
                 "filter_subjects": ["all.a", "all.b"], "max_ack_pending": 50, "max_batch": 10, "max_expires": SECOND,
                 "max_bytes": 1024, "max_waiting": 8, "description": "pulls", "metadata": {"team": "b"}, "num_replicas": 1,
                 "deliver_policy": "by_start_sequence", "opt_start_seq": 120, "inactive_threshold": 30 * SECOND},
        "push": {"ack_policy": "all", "deliver_subject": "to.me", "deliver_group": "group", "flow_control": False,
                 "headers_only": True, "rate_limit_bps": 1000, "sample_freq": "50", "replay_policy": "original",
                 "filter_subject": "all.>", "deliver_policy": "by_start_time", "opt_start_time": "2026-01-01T00:00:00Z"},
        "flow": {"ack_policy": "none", "deliver_subject": "to.you", "flow_control": True, "idle_heartbeat": SECOND, "max_ack_pending": -1,
                 "mem_storage": True},
        "prior": {"ack_policy": "explicit", "priority_policy": "overflow", "priority_groups": ["a"]},
    },
}


def closed(schema):
    """The schema, with fields that it does not know refused."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: closed(value) for key, value in schema.items()}
    if "properties" in changed and isinstance(schema["properties"], dict) and "additionalProperties" not in changed:
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            changed["additionalProperties"] = False
    return changed


def schemas(file):
    """kind -> the schema of its `spec`, of the versions that are served."""
    found = {}
    for crd in yaml.safe_load_all(file.read_text(encoding="utf-8")):
        if not crd:
            continue
        for version in crd["spec"]["versions"]:
            if version["served"]:
                key = f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"]
                found[key] = closed(version["schema"]["openAPIV3Schema"]["properties"]["spec"])
    return found


def crds():
    if len(sys.argv) > 1:
        return pathlib.Path(sys.argv[1])
    try:
        told = subprocess.run(["go", "mod", "download", "-json", "github.com/nats-io/nack@latest"], capture_output=True, text=True,
                              timeout=120, check=False, cwd="/")
        return pathlib.Path(json.loads(told.stdout)["Dir"]) / "deploy/crds.yml"
    except (OSError, ValueError, KeyError):
        print("NACK's schemas are not to be had: name a file, or install Go where its module can be fetched", file=sys.stderr)
        sys.exit(77)


def create(server, subject, body):
    answer = json.loads(server.nats("request", "--raw", subject, json.dumps(body)))
    if "error" in answer:
        raise AssertionError(f"{subject}: {answer['error']}")


def export(server, folder):
    """The files of a set of everything, and what the command says about them."""
    jetkeep = ROOT / "build/jetkeep"
    common = ["--server", server.url, "--repository", folder / "repository", "--no-context"]
    service = subprocess.Popen([jetkeep, "serve", *common], stderr=subprocess.DEVNULL)
    try:
        wait_for("the service answers",
                 lambda: subprocess.run([jetkeep, "ping", *common[:2], "--no-context"], capture_output=True, check=False).returncode == 0)
        made = json.loads(subprocess.run([jetkeep, "backup", "--all", "--json", "--no-progress", *common[:2], "--no-context"],
                                         check=True, capture_output=True, text=True).stdout)
    finally:
        service.terminate()
        service.wait()
    told = subprocess.run([jetkeep, "config-export", made["set_result"]["id"], folder / "nack", "--nack", "--json", *common[2:]],
                          check=True, capture_output=True, text=True)
    return json.loads(told.stdout)


def main():
    known = schemas(crds())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with Server("2.15", folder) as server:
            for stream, config in STREAMS.items():
                create(server, f"$JS.API.STREAM.CREATE.{stream}", {"name": stream} | config)
            for stream, consumers in CONSUMERS.items():
                for consumer, config in consumers.items():
                    create(server, f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.{consumer}",
                           {"stream_name": stream, "config": {"durable_name": consumer} | config})
            server.nats("kv", "add", "SETTINGS", "--history", "5", "--ttl", "1h", "--max-value-size", "1024")
            server.nats("object", "add", "FILES", "--ttl", "1h")
            told = export(server, folder)
        kinds = set()
        for file in told["files"]:
            text = (folder / "nack" / file["name"]).read_text(encoding="utf-8")
            for resource in yaml.safe_load_all(text):
                key = resource["apiVersion"], resource["kind"]
                expect(key in known, f"{file['name']}: NACK knows {' '.join(key)}")
                kinds.add(resource["kind"])
                wrong = [f"{'/'.join(map(str, error.path))}: {error.message}"
                         for error in jsonschema.Draft202012Validator(known[key]).iter_errors(resource["spec"])]
                expect(not wrong, f"{file['name']} is what its schema says {wrong or ''}")
            print(f"    left out, and named: {', '.join(file['left_out']) or 'nothing'}")
        expect(kinds == {"Stream", "Consumer", "KeyValue", "ObjectStore"}, f"all kinds of resources were written: {sorted(kinds)}")


main()
