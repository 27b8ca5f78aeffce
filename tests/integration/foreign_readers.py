"""What is exported, read by other people's readers of the formats: OpenTelemetry's protobuf definitions and the
CloudEvents library from npm, promtool, and the reference parser of OpenMetrics."""

import json
import os
import shutil
import subprocess
import tempfile
import time

import npm_packages
from exporter_driver import Driver, Export, page
from harness import CannotBeTried
from receivers import WebServer, key_of

# /usr/bin/python3 has Debian's packages, whichever python runs the tests.
PYTHON = "/usr/bin/python3"
READ_OPENMETRICS = """
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = text_string_to_metric_families(sys.stdin.read())
print(json.dumps({f.name: [f.type, f.unit, [[s.labels, s.value] for s in f.samples]] for f in families}))
"""


def posted_by_otlp(folders, form, target):
    """The requests of an OTLP exporter, and what its ledger holds."""
    with WebServer() as server, Export(folders.bin, form, target, int(time.time())) as export:
        last = export.send_all(server)
        assert last["refused"] == 0 and not last["problem"], last
        return server.posted, export.ask("totals" if form == "otlp_metrics" else "facts")


def read_otlp(folders, form, target):
    """The messages as OpenTelemetry's definitions read them, and what the ledger holds."""
    posted, expected = posted_by_otlp(folders, form, target)
    with tempfile.TemporaryDirectory(prefix="noodstop-otlp-") as folder:
        files = []
        for number, (path, headers, body) in enumerate(posted):
            named = (path, headers["Content-Type"], headers["Content-Encoding"], headers["User-Agent"])
            assert named == (target, "application/x-protobuf", "gzip", "noodstop/0.1.0"), named
            files.append(os.path.join(folder, str(number)))
            with open(files[-1], "wb") as file:
                file.write(body)
        text = npm_packages.run_node(folders.npm, "read_otlp.js", form.removeprefix("otlp_"), *files)
    return json.loads(text), expected


def attributes_of(entry):
    return {pair["key"]: next(iter(pair["value"].values())) for pair in entry["attributes"]}


def check_resource(resource):
    wanted = {"service.name": "noodstop", "service.instance.id": "box", "service.version": "0.1.0"}
    assert attributes_of(resource) == wanted, resource


def key_of_point(metric, point):
    """Its labels as Prometheus would have them."""
    labels = {key.removeprefix("noodstop."): value for key, value in attributes_of(point).items()}
    return frozenset({**labels, "name": metric["name"].replace(".", "_") + "_total"}.items())


def last_points(messages):
    """{labels: (nanoseconds, value)} of the last point of each series."""
    points = {}
    for message in messages:
        of_resource = message["resourceMetrics"][0]
        check_resource(of_resource["resource"])
        for metric in of_resource["scopeMetrics"][0]["metrics"]:
            assert metric["unit"] == "{currency}" and metric["sum"]["isMonotonic"], metric
            assert metric["sum"]["aggregationTemporality"] == "AGGREGATION_TEMPORALITY_CUMULATIVE", metric
            for point in metric["sum"]["dataPoints"]:
                assert 0 < int(point["startTimeUnixNano"]) < int(point["timeUnixNano"]), point
                points[key_of_point(metric, point)] = (int(point["timeUnixNano"]), point["asDouble"])
    return points


def opentelemetrys_definitions_read_every_total(folders):
    messages, expected = read_otlp(folders, "otlp_metrics", "/v1/metrics")
    wanted = {key_of(total["labels"]): (total["unix_micros"] * 1000, float(total["value"]))
              for total in expected["totals"]}
    assert len(messages) > 1 and len(wanted) > 20, f"{len(messages)} messages, {len(wanted)} totals"
    assert last_points(messages) == wanted, f"{last_points(messages)}\n{wanted}"


def opentelemetrys_definitions_read_every_fact(folders):
    messages, expected = read_otlp(folders, "otlp_logs", "/v1/logs")
    read = []
    for message in messages:
        of_resource = message["resourceLogs"][0]
        check_resource(of_resource["resource"])
        for record in of_resource["scopeLogs"][0]["logRecords"]:
            read.append((attributes_of(record)["noodstop.sequence"], record["timeUnixNano"], record["severityNumber"],
                         record["body"]["stringValue"].split()[0]))
    wanted = [(str(fact["sequence"]), str(fact["unix_micros"] * 1000), "SEVERITY_NUMBER_INFO", fact["kind"])
              for fact in expected["facts"]]
    assert read == wanted, f"{read}\n{wanted}"


def promtool_has_nothing_to_say_about_the_plain_page(folders):
    if shutil.which("promtool") is None:
        raise CannotBeTried("promtool is not installed")
    done = subprocess.run(["promtool", "check", "metrics"], input=page(folders.bin, "", time.time()), text=True,
                          capture_output=True, check=False, timeout=60)
    assert done.returncode == 0 and not done.stdout and not done.stderr, done.stdout + done.stderr


def the_reference_parser_reads_the_openmetrics_page(folders):
    probe = subprocess.run([PYTHON, "-c", "import prometheus_client"], capture_output=True, check=False)
    if probe.returncode != 0:
        raise CannotBeTried("python3-prometheus-client is not installed")
    text = page(folders.bin, "application/openmetrics-text", time.time())
    done = subprocess.run([PYTHON, "-c", READ_OPENMETRICS], input=text, text=True, capture_output=True, check=False,
                          timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    families = json.loads(done.stdout)
    kinds = {name: (kind, unit) for name, (kind, unit, _) in families.items()}
    assert kinds["noodstop_agent"] == ("info", ""), kinds
    assert kinds["noodstop_zone_state"] == ("stateset", ""), kinds
    assert kinds["noodstop_zone_cost"] == ("counter", ""), kinds
    assert kinds["noodstop_provider_look_age_seconds"] == ("gauge", "seconds"), kinds
    zones = {labels["zone"] for labels, _ in families["noodstop_zone_state"][2]}
    assert zones == {"dev", "te\"st\\\n"}, zones


def run_webhook(driver, hook, step):
    while step["step"] != "rest":
        step = driver.carry_out(step, hook) if step["step"] == "send" else driver.ask("next")


def read_events(folders, posted):
    with tempfile.TemporaryDirectory(prefix="noodstop-events-") as folder:
        path = os.path.join(folder, "events")
        with open(path, "w", encoding="utf-8") as file:
            for _, headers, body in posted:
                file.write(json.dumps({"headers": headers, "body": body.decode()}) + "\n")
        return json.loads(npm_packages.run_node(folders.npm, "read_events.js", path))


def the_library_of_cloud_events_reads_every_event(folders):
    commands = [{"do": "fact", "kind": "tripped", "zone": "dev"},
                {"do": "fact", "kind": "disarmed", "zone": "te\"st\\"},
                {"do": "missing"}, {"do": "returned"}, {"do": "fact", "kind": "reset", "zone": "dev"}]
    with WebServer() as hook, Driver(folders.bin, "webhook", "/hook") as driver:
        for command in commands:
            driver.pass_time(1)
            run_webhook(driver, hook, driver.ask(**command))
        events = read_events(folders, hook.posted)
    types = [event["type"].removeprefix("noodstop.v1.") for event in events]
    assert types == ["tripped", "disarmed", "agent_missing", "agent_returned", "trip_ended"], types
    assert {event["source"] for event in events} == {"/noodstop-hub/agents/box"}, events
    assert len({event["id"] for event in events}) == len(events), events
    assert events[1]["data"]["zone"] == "te\"st\\", events[1]


TESTS = [
    opentelemetrys_definitions_read_every_total,
    opentelemetrys_definitions_read_every_fact,
    promtool_has_nothing_to_say_about_the_plain_page,
    the_reference_parser_reads_the_openmetrics_page,
    the_library_of_cloud_events_reads_every_event,
]
