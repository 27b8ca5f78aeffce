#!/usr/bin/env python3
"""The remote port of a real noodstopd, judged by stock clients over mutual TLS that know it by reflection alone: who
may read what, that nobody gives orders, that every refusal is a fact, and that renewal, crashes and reloads of doors
harm nobody. Usage: remote_test.py --bin FOLDER [--only TEXT]"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(os.path.dirname(HERE), "rpc"))

from harness import Claims, skip, skip_unless_possible, wait_for  # pylint: disable=wrong-import-position

try:
    import grpc
    from remote_site import CONTROL, SECONDS_MAX, STATUS, Client, Reflected, RemoteSite, free_port, plain
except ImportError:  # another python than Debian's, perhaps
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    skip("python3-grpcio is not here")
from judges import PROTO_FOLDER, install_npm_packages  # pylint: disable=wrong-import-position

RENEWAL_SECONDS_MAX = 150  # doors looks every minute
FLOOD = 300
NODE_FILE = "remote_clients.test.mjs"
ORDERS = (("Trip", {"zone": "dev", "reason": "from far away"}),
          ("SubmitOrder", {"order": {"kind": 1, "zone": "dev", "reason": "from far away"}}),
          ("Rehearse", {"zone": "dev"}))


def zones_seen_by(site, role):
    with site.client(role) as client:
        answer = client.call(STATUS, "GetStatus")
        return sorted(zone["name"] for zone in answer["snapshot"].get("zones", []))


def whole_answer(site, role):
    with site.client(role) as client:
        return json.dumps([client.call(STATUS, method) for method in ("GetStatus", "ListResources", "ListFacts")])


def an_operator_sees_all_an_owner_his_tenant_and_a_hub_the_status(binary):
    with RemoteSite(binary) as site:
        site.load.start()
        site.pit.start()
        site.start()
        assert zones_seen_by(site, "operator") == ["dev", "quarry"]
        assert zones_seen_by(site, "acme") == ["dev"]
        assert zones_seen_by(site, "globex") == ["quarry"]
        assert zones_seen_by(site, "hub") == ["dev", "quarry"]
        everything = wait_for(lambda: "quarry" in (text := whole_answer(site, "operator")) and "pit" in text and text,
                              SECONDS_MAX, 0.2)
        assert everything, "an operator does not see all"
        for role, own, others in (("acme", "dev", ("quarry", "pit", "globex")),
                                  ("globex", "quarry", ("dev", "batch", "acme"))):
            answer = whole_answer(site, role)
            assert f'"{own}"' in answer, answer
            for word in others:
                assert f'"{word}"' not in answer, f"{role} sees {word}: {answer}"
        with site.client("hub") as hub:
            assert hub.code(STATUS, "ListFacts") == "PERMISSION_DENIED"
            assert hub.code("grpc.health.v1.Health", "Check") == "OK"
        with site.client("acme") as owner:
            assert owner.code(STATUS, "ListFacts", tenant="globex") == "PERMISSION_DENIED"
        site.refusal(caller="owner acme", method="ListFacts", reason="another tenant")


def buf_curl_reads_it_in_all_three_protocols(binary):
    packages = install_npm_packages()
    with RemoteSite(binary) as site:
        site.start()
        for protocol in ("connect", "grpc", "grpcweb"):
            for role, count in (("operator", 2), ("acme", 1)):
                done = site.buf_curl(packages, role, protocol, STATUS + "/GetStatus", "{}")
                assert done.returncode == 0, f"{protocol} {role}: {done.stderr}"
                assert len(json.loads(done.stdout)["snapshot"]["zones"]) == count, done.stdout
            done = site.buf_curl(packages, "operator", protocol, CONTROL + "/Trip",
                                 '{"zone": "dev", "reason": "from far away"}')
            assert done.returncode == 7 << 3, f"{protocol}: {done.returncode} {done.stderr}"


def connect_node_and_grpc_js_get_the_codes_that_their_protocols_define(binary):
    packages = install_npm_packages()
    shutil.copy(os.path.join(HERE, NODE_FILE), packages)  # node looks for packages beside the file
    descriptors = os.path.join(packages, "noodstop.bin")
    subprocess.run(["protoc", "-I" + PROTO_FOLDER, "--include_imports", "--descriptor_set_out=" + descriptors,
                    "noodstop/v1/status_service.proto", "noodstop/v1/control_service.proto"], check=True)
    with RemoteSite(binary) as site:
        site.start()
        environment = {**os.environ, "NOODSTOP_PORT": str(site.port), "NOODSTOP_DESCRIPTORS": descriptors,
                       "NOODSTOP_CERTIFICATES": site.certificates.folder}
        done = subprocess.run(["node", "--test-reporter=tap", NODE_FILE], cwd=packages, env=environment,
                              capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def facts_are_watched_and_an_owner_gets_those_of_his_tenant(binary):
    with RemoteSite(binary) as site:
        site.start()
        with site.client("operator") as operator, site.client("acme") as acme, site.client("globex") as globex:
            streams = [one.watch(STATUS, "WatchFacts", seconds=20) for one in (operator, acme, globex)]
            for stream in streams:
                stream.initial_metadata()  # it is open
            site.group("pit/newcomer").start()
            site.group("load/newcomer").start()
            wanted = ({"acme", "globex"}, {"acme"}, {"globex"})
            seen = [tenants_until_deadline(stream, tenants) for stream, tenants in zip(streams, wanted)]
            assert seen[0] >= {"acme", "globex"}, seen
            assert seen[1:] == [{"acme"}, {"globex"}], seen


def tenants_until_deadline(stream, wanted):
    """Of whom facts come until all that are wanted were seen; for an owner that is until the stream's deadline."""
    seen = set()
    try:
        for message in stream:
            seen |= {fact.get("tenant", "") for fact in plain(message).get("facts", [])}
            if len(wanted) > 1 and seen >= wanted:
                break
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error
    return seen


def a_deadline_ends_a_stream_and_a_cancelled_one_leaves_the_connection_usable(binary):
    with RemoteSite(binary) as site:
        site.start()
        with site.client("operator") as client:
            try:
                for _ in client.watch(STATUS, "WatchFacts", seconds=1):
                    pass
                raise AssertionError("the stream ended without an error")
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error
            stream = client.watch(STATUS, "WatchStatus")
            next(stream)
            stream.cancel()
            assert stream.code() == grpc.StatusCode.CANCELLED
            assert client.code(STATUS, "GetStatus") == "OK"


def nobody_gives_orders_from_outside_and_every_attempt_is_told(binary):
    with RemoteSite(binary) as site:
        site.load.start()
        site.start()
        for role, caller in (("operator", "operator"), ("acme", "owner acme"), ("hub", "hub h1")):
            with site.client(role) as client:
                for method, fields in ORDERS:
                    assert client.code(CONTROL, method, **fields) == "PERMISSION_DENIED", (role, method)
            for method, _ in ORDERS:
                site.refusal(caller=caller, method=f"/{CONTROL}/{method}", reason="permission_denied")
        assert "order_accepted" not in site.kinds() and "tripped" not in site.kinds(), site.facts()
        assert not site.is_latched()
        assert site.load.populated(), "somebody from outside stopped the load"


def without_a_role_here_everything_is_denied(binary):
    with RemoteSite(binary) as site:
        site.start()
        for name, caller in (("agent", "agent a1"), ("no_role", "sha256:")):
            with site.client(name) as client:
                for service, method in ((STATUS, "GetStatus"), ("grpc.health.v1.Health", "Check")):
                    assert client.code(service, method) == "PERMISSION_DENIED", (name, method)
            site.refusal(caller=caller, method=f"/{STATUS}/GetStatus")


def without_a_good_certificate_there_is_no_connection_and_it_is_told(binary):
    with RemoteSite(binary) as site:
        site.start()
        for name, reason in (("expired", "expired"), ("other/operator", "authority"), (None, "certificate")):
            with Client(site, name) as client:
                assert client.code(STATUS, "GetStatus", seconds=5) in ("UNAVAILABLE", "DEADLINE_EXCEEDED"), name
            site.refusal(caller="127.0.0.1", method="", reason=reason)
        with Client(site, "operator", authority="other/ca") as client:  # who does not trust us leaves by himself
            assert client.code(STATUS, "GetStatus", seconds=5) in ("UNAVAILABLE", "DEADLINE_EXCEEDED")
        assert zones_seen_by(site, "operator") == ["dev", "quarry"]


def reflection_lists_what_is_served(binary):
    with RemoteSite(binary) as site:
        site.start()
        with site.client("acme") as client:
            services = Reflected(client.channel).services()
        assert {STATUS, CONTROL, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"} <= set(services)


def in_a_minute_new_credentials_are_used_and_a_flood_of_refusals_has_become_two_facts(binary):
    with RemoteSite(binary) as site:
        site.start()
        with site.client("acme") as client:
            for _ in range(FLOOD):
                assert client.code(CONTROL, "Rehearse", zone="dev") == "PERMISSION_DENIED"
        assert "count" not in site.refusal(caller="owner acme", method="Rehearse")
        before = site.own_certificate()
        doors = site.child("doors")
        with site.client("operator") as client:
            stream = client.watch(STATUS, "WatchStatus", seconds=RENEWAL_SECONDS_MAX)
            next(stream)
            site.put_credentials("second")
            assert wait_for(lambda: site.own_certificate() != before, RENEWAL_SECONDS_MAX, 0.5), site.log_text()
            for _ in range(3):
                next(stream)
            stream.cancel()
        assert site.child("doors") == doors, "doors was started again"
        assert "new credentials" in site.log_text()
        site.refusal(RENEWAL_SECONDS_MAX, caller="owner acme", method="Rehearse", count=str(FLOOD - 1))
        assert len(site.journal("call_refused")) == 2, site.journal("call_refused")


def a_port_without_credentials_opens_when_they_come_and_the_unix_socket_does_not_wait(binary):
    with RemoteSite(binary) as site:
        kept = site.keys + "/kept"
        os.rename(site.keys + "/own.key", kept)
        site.start_daemon()
        assert wait_for(site.status, SECONDS_MAX, 0.1), site.log_text()
        assert not site.is_served()
        assert wait_for(lambda: any("own.key" in json.dumps(fact) for fact in site.journal("fault_survived")),
                        SECONDS_MAX, 0.2), site.journal("fault_survived")
        os.rename(kept, site.keys + "/own.key")
        assert wait_for(site.is_served, RENEWAL_SECONDS_MAX, 0.5), site.log_text()


def a_port_that_another_process_holds_is_told_and_the_unix_socket_serves(binary):
    with RemoteSite(binary) as site, socket.create_server(("127.0.0.1", site.port)):
        site.start_daemon()
        assert wait_for(site.status, SECONDS_MAX, 0.1), site.log_text()
        assert wait_for(lambda: any(str(site.port) in json.dumps(fact) for fact in site.journal("fault_survived")),
                        SECONDS_MAX, 0.2), site.journal("fault_survived")


def doors_that_is_killed_comes_back_and_the_path_does_not_notice(binary):
    with RemoteSite(binary) as site:
        site.start()
        path, doors = site.child("path"), site.child("doors")
        looks = int(site.status()["snapshot"]["looks"])
        for _ in range(3):
            os.kill(doors, signal.SIGKILL)
            doors = wait_for(lambda gone=doors: site.child("doors") not in (None, gone) and site.child("doors"), 20)
            assert doors, site.log_text()
        assert wait_for(site.is_served, SECONDS_MAX, 0.1), site.log_text()
        assert zones_seen_by(site, "operator") == ["dev", "quarry"]
        assert site.child("path") == path, "the path was started again"
        assert wait_for(lambda: int(site.status()["snapshot"]["looks"]) > looks, SECONDS_MAX, 0.1)


def only_a_change_of_the_channel_replaces_doors(binary):
    with RemoteSite(binary) as site:
        site.start()
        path, doors = site.child("path"), site.child("doors")
        loaded = site.kinds().count("policy_loaded")
        site.write_config(stop="900")
        site.daemon.send_signal(signal.SIGHUP)
        assert wait_for(lambda: site.kinds().count("policy_loaded") > loaded, SECONDS_MAX, 0.2), site.log_text()
        assert zones_seen_by(site, "operator") == ["dev", "quarry"]
        assert site.child("doors") == doors, "doors was started again for a limit"
        site.port = free_port()
        site.write_config(stop="900")
        site.daemon.send_signal(signal.SIGHUP)
        assert wait_for(site.is_served, SECONDS_MAX, 0.1), "the new port does not answer:\n" + site.log_text()
        assert site.child("doors") not in (None, doors), "the same doors process serves"
        assert site.child("path") == path, "the path was started again"
        assert zones_seen_by(site, "operator") == ["dev", "quarry"]


def doors_holds_nothing_with_which_it_could_do_harm(binary):
    with RemoteSite(binary) as site:
        site.start()
        with open(f"/proc/{site.child('doors')}/status", encoding="utf-8") as status:
            told = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
        assert told["Uid"].split() == ["65534"] * 4 and int(told["CapEff"], 16) == 0 and told["NoNewPrivs"] == "1", told
        assert told["Seccomp"] == "2", told
        assert "less of a sandbox" not in site.log_text() or "Landlock" in site.log_text(), site.log_text()


TESTS = [
    an_operator_sees_all_an_owner_his_tenant_and_a_hub_the_status,
    buf_curl_reads_it_in_all_three_protocols,
    connect_node_and_grpc_js_get_the_codes_that_their_protocols_define,
    facts_are_watched_and_an_owner_gets_those_of_his_tenant,
    a_deadline_ends_a_stream_and_a_cancelled_one_leaves_the_connection_usable,
    nobody_gives_orders_from_outside_and_every_attempt_is_told,
    without_a_role_here_everything_is_denied,
    without_a_good_certificate_there_is_no_connection_and_it_is_told,
    reflection_lists_what_is_served,
    in_a_minute_new_credentials_are_used_and_a_flood_of_refusals_has_become_two_facts,
    a_port_without_credentials_opens_when_they_come_and_the_unix_socket_does_not_wait,
    a_port_that_another_process_holds_is_told_and_the_unix_socket_serves,
    doors_that_is_killed_comes_back_and_the_path_does_not_notice,
    only_a_change_of_the_channel_replaces_doors,
    doors_holds_nothing_with_which_it_could_do_harm,
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="the folder with noodstopd")
    parser.add_argument("--only", default="", help="part of the name of the tests to run")
    arguments = parser.parse_args()
    skip_unless_possible()
    tests = [test for test in TESTS if arguments.only in test.__name__.replace("_", " ")]
    try:
        return Claims().run(tests, os.path.join(arguments.bin, "noodstopd"))
    finally:
        if RemoteSite.certificates:
            RemoteSite.certificates.remove()


if __name__ == "__main__":
    sys.exit(main())
