"""What a real noodstopd exports: real receivers have by query what its ledger has, also where they were away, where the
doors process was killed, and over TLS with certificates of both sides."""

import json
import os
import signal
import subprocess
import tempfile
import time
from decimal import Decimal

import npm_packages
from foreign_readers import attributes_of
from harness import CannotBeTried, PATIENCE, Site, cgroup_mount, wait_for
from receivers import (Certificates, PrometheusOverTls, VictoriaMetricsOverTls, WebServer, call, free_port)

TOTALS = '{__name__=~"noodstop_(zone|resource)_cost_total|noodstop_limit_used_cost"}'
# Nothing trips, and what is recorded comes into the spool with the next checkpoint.
CALM = {"stop": "1000", "agent": 'checkpoint_interval = "1s"\n'}


def new_site(folders, **settings):
    if os.geteuid() != 0 or cgroup_mount() is None:
        raise CannotBeTried("needs root and cgroup v2")
    site = Site(os.path.join(folders.bin, "noodstopd"), **{**CALM, **settings})
    assert site.status_program(), "noodstop is not built"
    return site


def exporter_table(name, kind, url, **keys):
    rows = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
    return f'[exporters.{name}]\nkind = "{kind}"\nurl = "{url}"\n{rows}'


def remote_write_to(server, certificates):
    return exporter_table("shop", "remote_write", f"https://localhost:{server.port}/api/v1/write",
                          authorities=certificates.path("ca.pem"), certificate=certificates.path("agent.pem"),
                          key=certificates.path("agent.key"))


def amount(micros):
    return Decimal(micros) / 1_000_000


def ledger_of(site):
    """{(metric, subject): amount} as `noodstop` says it. The limit's zone began with the limit, so that what it has
    used is all that the zone was ever charged."""
    limits = site.status()["snapshot"]["limits"]
    ledger = {("noodstop_limit_used_cost", limit["name"]): amount(limit["used"]) for limit in limits}
    ledger[("noodstop_zone_cost_total", "dev")] = ledger[("noodstop_limit_used_cost", "daily")]
    for resource in json.loads(site.ask("resources", "--json").stdout)["resources"]:
        if resource["accrued_micros"] != "0":
            ledger[("noodstop_resource_cost_total", resource["id"])] = amount(resource["accrued_micros"])
    return ledger


def subject_of(labels):
    return labels.get("resource") or labels.get("limit") or labels.get("zone")


def totals_at(server):
    """The same as the receiver has it now, of what is not nothing."""
    found = {}
    for labels, value in server.values(TOTALS, time.time()).items():
        labels = dict(labels)
        if Decimal(value) != 0:
            found[(labels["name"], subject_of(labels))] = Decimal(value)
    return found


def burn_some(site):
    """A load that runs for a while and is over: from then on the ledger stands still."""
    site.load.start(1)
    assert wait_for(lambda: charged(site), PATIENCE), "nothing was charged:\n" + site.log_text()
    site.load.end()
    before = None
    while before != (now := ledger_of(site)):
        before = now
        time.sleep(0.5)  # some looks
    return now


def charged(site):
    status = site.status()
    return status and int(status["snapshot"]["limits"][0]["used"]) > 5_000


def check_same(server, ledger):
    wait_for(lambda: totals_at(server) == ledger, PATIENCE, 0.2)
    got = totals_at(server)
    assert got == ledger, f"the receiver has {got}\nthe ledger {ledger}"


def check_totals(kind, folders):
    with Certificates() as certificates, kind(certificates) as server, \
            new_site(folders, more=remote_write_to(server, certificates)) as site:
        site.start_daemon()
        first = burn_some(site)
        check_same(server, first)
        os.kill(site.child("doors"), signal.SIGKILL)
        second = burn_some(site)
        assert second != first, "nothing more was charged"
        check_same(server, second)


def prometheus_over_mutual_tls_has_the_totals_of_the_ledger_also_after_doors_was_killed(folders):
    check_totals(PrometheusOverTls, folders)


def victoria_metrics_over_tls_has_the_totals_of_the_ledger_also_after_doors_was_killed(folders):
    check_totals(VictoriaMetricsOverTls, folders)


def a_receiver_that_comes_late_gets_the_totals_of_before(folders):
    with Certificates() as certificates:
        server = PrometheusOverTls(certificates)
        try:
            with new_site(folders, more=remote_write_to(server, certificates)) as site:
                site.start_daemon()
                ledger = burn_some(site)
                server.start()
                check_same(server, ledger)
        finally:
            server.end()


def a_receiver_that_does_not_know_the_agents_certificate_gets_nothing(folders):
    with Certificates() as certificates, Certificates() as others, PrometheusOverTls(others) as server, \
            new_site(folders, more=remote_write_to(server, certificates)) as site:
        site.start_daemon()
        said = "exporter shop: cannot connect to localhost"
        assert wait_for(lambda: said in site.log_text(), PATIENCE), site.log_text()
        assert not totals_at(server)


def otlp_messages(folders, form, bodies):
    with tempfile.TemporaryDirectory(prefix="noodstop-otlp-") as folder:
        files = [os.path.join(folder, str(number)) for number in range(len(bodies))]
        for path, body in zip(files, bodies):
            with open(path, "wb") as file:
                file.write(body)
        return json.loads(npm_packages.run_node(folders.npm, "read_otlp.js", form, *files))


def bodies_for(web, path):
    return [body for target, _, body in list(web.posted) if target == path]


def last_otlp_points(messages):
    """{(metric, subject): amount} of the last points."""
    points = {}
    for metric in (metric for message in messages for metric in
                   message["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]):
        if metric["name"] not in ("noodstop.zone.cost", "noodstop.resource.cost", "noodstop.limit.used_cost"):
            continue
        name = metric["name"].replace(".", "_") + ("_total" if "sum" in metric else "")
        for point in (metric.get("sum") or metric["gauge"])["dataPoints"]:
            labels = {key.removeprefix("noodstop."): value for key, value in attributes_of(point).items()}
            if point.get("asDouble"):
                points[(name, subject_of(labels))] = Decimal(str(point["asDouble"]))
    return points


def sequences_in(messages):
    return [int(attributes_of(record)["noodstop.sequence"]) for message in messages
            for record in message["resourceLogs"][0]["scopeLogs"][0]["logRecords"]]


def opentelemetrys_definitions_read_the_totals_and_every_fact_of_the_agent(folders):
    with WebServer() as web:
        url = f"http://127.0.0.1:{web.port}"
        more = (exporter_table("points", "otlp_metrics", url + "/v1/metrics") +
                exporter_table("records", "otlp_logs", url + "/v1/logs"))
        with new_site(folders, more=more) as site:
            site.start_daemon()
            ledger = burn_some(site)

            def read(form):
                return otlp_messages(folders, form, bodies_for(web, "/v1/" + form))
            wait_for(lambda: last_otlp_points(read("metrics")) == ledger, PATIENCE, 1)
            assert last_otlp_points(read("metrics")) == ledger, f"{last_otlp_points(read('metrics'))}\n{ledger}"
            recorded = [fact.sequence for fact in site.facts()]
            wait_for(lambda: set(recorded) <= set(sequences_in(read("logs"))), PATIENCE, 1)
            exported = sequences_in(read("logs"))
            assert exported[:len(recorded)] == recorded, f"{exported}\n{recorded}"


def the_page_of_metrics_shows_the_totals_of_the_ledger(folders):
    port = free_port()
    with new_site(folders, more=f"[metrics]\nport = {port}\n") as site:
        site.start_daemon()
        ledger = burn_some(site)
        wanted = {f'noodstop_zone_cost_total{{currency="EUR",tenant="acme",zone="dev"}} '
                  f'{ledger[("noodstop_zone_cost_total", "dev")].normalize():f}',
                  f'noodstop_limit_used_cost{{currency="EUR",limit="daily",tenant="acme",zone="dev"}} '
                  f'{ledger[("noodstop_limit_used_cost", "daily")].normalize():f}'}

        def lines():
            try:
                status, _, body = call(port, "GET", "/metrics")
            except OSError:
                return set()
            return set(body.decode().splitlines()) if status == 200 else set()
        wait_for(lambda: wanted <= lines(), PATIENCE, 0.2)
        assert wanted <= lines(), "\n".join(sorted(lines())) + site.log_text()
        check_with_promtool(port)


def check_with_promtool(port):
    try:
        done = subprocess.run(["promtool", "check", "metrics"], input=call(port, "GET", "/metrics")[2],
                              capture_output=True, check=False, timeout=60)
    except FileNotFoundError:
        return
    assert done.returncode == 0 and not done.stdout and not done.stderr, done


TESTS = [
    prometheus_over_mutual_tls_has_the_totals_of_the_ledger_also_after_doors_was_killed,
    victoria_metrics_over_tls_has_the_totals_of_the_ledger_also_after_doors_was_killed,
    a_receiver_that_comes_late_gets_the_totals_of_before,
    a_receiver_that_does_not_know_the_agents_certificate_gets_nothing,
    opentelemetrys_definitions_read_the_totals_and_every_fact_of_the_agent,
    the_page_of_metrics_shows_the_totals_of_the_ledger,
]
