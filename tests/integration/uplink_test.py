#!/usr/bin/env python3
"""A real noodstopd and a real noodstop-hub over mutual TLS: the hub has every fact and the totals of the ledger, also
after both were killed, and each side that misses the other says so. Usage: uplink_test.py --bin FOLDER"""

import argparse
import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from types import SimpleNamespace

from agent_exports import amount, burn_some, exporter_table, ledger_of, new_site
from harness import Claims, PATIENCE, skip, skip_unless_possible, wait_for
from receivers import Certificates, Server, call, free_port

KILLS = 5


class Hub(Server):
    """With its store and its log in a folder that outlives its processes."""

    def __init__(self, folder, certificates):
        self.program = os.path.join(folder, "noodstop-hub")
        super().__init__()
        self.certificates = certificates
        self.cli = os.path.join(folder, "noodstop")
        certificates.run("make", certificates.folder, "you", "--role", "operator")

    def arguments(self):
        path = self.certificates.path
        return ["--listen", f"127.0.0.1:{self.port}", "--store", os.path.join(self.folder, "hub.db"),
                "--certificate", path("server.pem"), "--key", path("server.key"), "--authorities", path("ca.pem")]

    def is_ready(self):
        assert self.process.poll() is None, "the hub has ended:\n" + self.log()
        return f"port {self.port}" in self.log()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def agent(self):
        """What the hub shows of the agent, or None."""
        path = self.certificates.path
        environment = {**os.environ, "NOODSTOP_HUB": f"localhost:{self.port}",
                       "NOODSTOP_CERTIFICATE": path("you.pem"), "NOODSTOP_KEY": path("you.key"),
                       "NOODSTOP_AUTHORITIES": path("ca.pem")}
        done = subprocess.run([self.cli, "fleet", "--json"], env=environment, capture_output=True, text=True,
                              check=False, timeout=60)
        try:
            return next(iter(json.loads(done.stdout)["agents"]), None)
        except ValueError:
            return None


def uplink_table(hub, certificates, name="agent"):
    return (f'[uplink]\nhost = "localhost"\nport = {hub.port}\nmissing_after = "5s"\n'
            f'certificate = "{certificates.path(name + ".pem")}"\nkey = "{certificates.path(name + ".key")}"\n'
            f'authorities = "{certificates.path("ca.pem")}"\n')


def has_everything(hub, site, total):
    """The hub has every fact that is recorded now, and this much of money."""
    seen = hub.agent()
    if not seen or not seen["burn"] or seen["missing_facts"] != 0:
        return False
    return amount(seen["burn"][0]["accrued_micros"] or 0) == total and int(seen["facts"]) == len(site.facts())


def check_everything(hub, site, total_now=None):
    total_now = total_now or (lambda: ledger_of(site)[("noodstop_zone_cost_total", "dev")])
    assert wait_for(lambda: has_everything(hub, site, total_now()), PATIENCE, 0.5), \
        f"{hub.agent()}\n{total_now()}\n{site.facts()}\n{site.log_text()}"


def on_page(port, metric):
    lines = call(port, "GET", "/metrics")[2].decode().splitlines()
    return next((Decimal(line.split()[-1]) for line in lines if line.startswith(metric + "{")), None)


def zone_total_on_page(site, port):
    """What the agent itself shows as charged to its zone, once its page is as new as its ledger. A limit that was
    counting when the path was killed shows more: it counts what it had reserved."""
    resource = ledger_of(site)[("noodstop_resource_cost_total", "job")]
    is_new = on_page(port, "noodstop_resource_cost_total") == resource
    return on_page(port, "noodstop_zone_cost_total") if is_new else None


def a_hub_that_comes_late_is_told_missing_and_back_and_gets_every_fact_and_the_totals(binaries):
    with Certificates() as certificates:
        hub = Hub(binaries, certificates)
        try:
            with new_site(SimpleNamespace(bin=binaries), more=uplink_table(hub, certificates)) as site:
                site.start_daemon()
                burn_some(site)
                assert wait_for(lambda: "hub_missing" in site.kinds(), PATIENCE, 0.5), site.log_text()
                hub.start()
                assert wait_for(lambda: "hub_returned" in site.kinds(), PATIENCE, 0.5), site.log_text()
                check_everything(hub, site)
                kinds = site.kinds()
                assert kinds.count("hub_missing") == 1 and kinds.count("hub_returned") == 1, kinds
        finally:
            hub.end()


def kills_of_agent_doors_and_hub_lose_and_double_nothing(binaries):
    port = free_port()
    with Certificates() as certificates, Hub(binaries, certificates) as hub, \
            new_site(SimpleNamespace(bin=binaries),
                     more=uplink_table(hub, certificates) + f"[metrics]\nport = {port}\n") as site:
        site.start_daemon()
        burn_some(site)
        site.load.start(1)
        for number in range(KILLS):
            before = (hub.agent() or {}).get("facts")
            if number % 3 == 0:
                hub.kill()
                hub.start()
            else:
                os.kill(site.child("doors" if number % 3 == 1 else "path"), signal.SIGKILL)
            assert wait_for(lambda: site.child("doors") and site.child("path") and site.status(), PATIENCE), \
                site.log_text()
            wait_for(lambda known=before: (hub.agent() or {}).get("facts") != known, 5, 0.5)
        burn_some(site)
        check_everything(hub, site, lambda: zone_total_on_page(site, port))


def an_agent_with_the_certificate_of_another_is_refused_and_says_so(binaries):
    with Certificates() as certificates, Hub(binaries, certificates) as hub:
        certificates.run("make", certificates.folder, "other", "--role", "agent/other")
        os.chown(certificates.path("other.key"), certificates.DOORS_USER, -1)
        with new_site(SimpleNamespace(bin=binaries), more=uplink_table(hub, certificates, "other")) as site:
            site.start_daemon()
            assert wait_for(lambda: "hub_missing" in site.kinds(), PATIENCE, 0.5), site.log_text()
            missing = next(fact for fact in site.facts() if fact.kind == "hub_missing")
            assert b"permission_denied" in missing.fields, missing
            assert hub.agent() is None, hub.agent()


def the_hub_and_an_exporter_get_the_same_and_neither_waits_for_the_other(binaries):
    with Certificates() as certificates, Hub(binaries, certificates) as hub:
        nowhere = exporter_table("away", "remote_write", "http://127.0.0.1:1/api/v1/write")
        with new_site(SimpleNamespace(bin=binaries), more=uplink_table(hub, certificates) + nowhere) as site:
            site.start_daemon()
            burn_some(site)
            check_everything(hub, site)


TESTS = [
    a_hub_that_comes_late_is_told_missing_and_back_and_gets_every_fact_and_the_totals,
    kills_of_agent_doors_and_hub_lose_and_double_nothing,
    an_agent_with_the_certificate_of_another_is_refused_and_says_so,
    the_hub_and_an_exporter_get_the_same_and_neither_waits_for_the_other,
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="the folder with noodstopd, noodstop and noodstop-hub")
    parser.add_argument("--only", default="", help="part of the name of the tests to run")
    arguments = parser.parse_args()
    skip_unless_possible()
    if not os.path.exists(os.path.join(arguments.bin, "noodstop-hub")):
        skip("noodstop-hub is not built")
    tests = [test for test in TESTS if arguments.only in test.__name__.replace("_", " ")]
    return Claims().run(tests, os.path.abspath(arguments.bin))


if __name__ == "__main__":
    sys.exit(main())
