#!/usr/bin/env python3
"""noodstop-hub as a whole: stock clients over mutual TLS, pushes through kills, alerts at real receivers.
Usage: hub_test.py --bin FOLDER"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time

import disks
import hub_alerts
import hub_fleet
from harness import PATIENCE, CannotBeTried, Claims, wait_for
from hub_world import Agent, Authority, Client, Hub, Reader, code_of, grpc, messages_of
from receivers import free_port

BUF = os.path.join("build", "rpc-judges", "node_modules", ".bin", "buf")
KILLS = 12


def the_fleet_is_read_by_stock_clients_that_know_nothing_of_it(folders):
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        messages = messages_of(hub)
        with Agent(hub, messages, "box-1") as agent, Reader(hub, messages) as reader:
            assert reader.agents() == {}
            agent.push(["armed", "limit_warned"], spent=5_000_000, zones={"dev": ("acme", "armed", 12_000_000)})
            seen = reader.agents()["box-1"]
            assert seen.connected and not seen.missing and seen.facts == 2 and seen.facts_waiting == 0, seen
            assert [(zone.name, zone.state) for zone in seen.zones] == [("dev", 3)], seen
            assert [(burn.currency, burn.rate_micros_per_hour, burn.accrued_micros) for burn in seen.burn] == \
                [("EUR", 12_000_000, 5_000_000)], seen
            detail = reader.agent("box-1")
            assert detail.status.agent == "box-1" and detail.totals[0].value_micros == 5_000_000, detail
            assert code_of(reader.agent, "nobody") == "NOT_FOUND"
            agent.client.channel.close()
            assert wait_for(lambda: not reader.agents()["box-1"].connected, PATIENCE, 0.1)


def what_waits_at_the_agent_is_told_as_far_as_it_told(folders):
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        messages = messages_of(hub)
        with Agent(hub, messages, "box-1") as agent, Reader(hub, messages) as reader:
            request = agent.request(["armed"])
            request.newest_fact.sequence = 41
            request.newest_sample.epoch, request.newest_sample.sequence = agent.epoch, 7
            agent.send(request)
            seen = reader.agents()["box-1"]
            assert (seen.facts_waiting, seen.samples_waiting) == (40, 7), seen
            # Its database is lost: it begins anew, and what it had is a gap.
            agent.epoch += 1
            agent.fact = 0
            agent.push(["agent_started"])
            detail = reader.agent("box-1")
            assert [(gap.first, gap.last) for gap in detail.gaps] == [(2, 41)], detail
            assert {event.kind for event in detail.events} >= {1, 3, 4}, detail.events


def who_watches_gets_all_agents_at_once_and_then_what_changes(folders):
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        messages = messages_of(hub)
        with Agent(hub, messages, "box-1") as one, Agent(hub, messages, "box-2") as other, \
                Reader(hub, messages) as reader:
            one.push(zones={"dev": ("acme", "armed", 1)})
            other.push(zones={"dev": ("acme", "armed", 1)})
            watched = reader.watch()
            assert [agent.id for agent in next(watched).agents] == ["box-1", "box-2"]
            other.push(zones={"dev": ("acme", "disarmed", 1)})
            news = next(watched).agents
            assert [(agent.id, agent.zones[0].state) for agent in news] == [("box-2", 1)], news
            watched.cancel()


def buf_curl_reads_it_by_all_three_protocols(folders):
    buf = shutil.which("buf") or os.path.abspath(BUF)
    if not os.path.exists(buf):
        sys.path.insert(0, os.path.join("tests", "rpc"))
        from judges import install_npm_packages  # skips where there is no way to the registry
        buf = os.path.join(install_npm_packages(), "node_modules", ".bin", "buf")
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        messages = messages_of(hub)
        with Agent(hub, messages, "box-1") as agent:
            agent.push(zones={"dev": ("acme", "tripped", 1)})
        certificate, key = authority.operator()
        for protocol in ("connect", "grpc", "grpcweb"):
            result = subprocess.run([buf, "curl", "--protocol", protocol, "--cacert", authority.authorities, "--cert",
                                     certificate, "--key", key, "-d", "{}",
                                     f"https://localhost:{hub.port}/noodstop.v1.HubService/ListAgents"],
                                    capture_output=True, text=True, timeout=PATIENCE, check=False)
            assert result.returncode == 0, result.stderr
            agents = json.loads(result.stdout)["agents"]
            assert [(one["id"], one["zones"][0]["state"]) for one in agents] == \
                [("box-1", "BREAKER_STATE_TRIPPED")], agents


def each_role_may_do_its_own_and_nothing_else(folders):
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        messages = messages_of(hub)
        files = {"agent": authority.agent("box-1"), "operator": authority.operator(),
                 "owner": authority.files("owner", "--role", "owner/acme"),
                 "hub": authority.files("other-hub", "--role", "hub/other"), "nobody": authority.files("nobody")}
        reads = {"agent": "PERMISSION_DENIED", "operator": "OK", "owner": "OK", "hub": "PERMISSION_DENIED",
                 "nobody": "PERMISSION_DENIED"}
        for role, certificate in files.items():
            with Reader(hub, messages, certificate) as reader, Agent(hub, messages, "box-1", certificate) as agent:
                assert code_of(reader.agents) == reads[role], role
                assert code_of(reader.watch, 3) in (reads[role], "DEADLINE_EXCEEDED"), role
                wanted = "OK" if role == "agent" else "PERMISSION_DENIED"
                assert code_of(agent.push) == wanted, role
        with Agent(hub, messages, "box-2", files["agent"]) as agent:
            assert code_of(agent.push) == "PERMISSION_DENIED"
        with Reader(hub, messages) as reader:
            assert set(reader.agents()) == {"box-1"}
        assert "refused /noodstop.v1.HubService/ListAgents to agent box-1 at 127.0.0.1:" in hub.log(), hub.log()


def who_shows_no_certificate_or_one_that_is_not_trusted_gets_no_connection(folders):
    with Authority() as authority, Authority() as stranger, Hub(folders.bin, authority) as hub:
        messages = messages_of(hub)
        for files in (None, stranger.operator(), authority.files("old", "--role", "operator", "--expired")):
            reader = Reader(hub, messages)
            reader.client = Client(hub, files, authority.authorities)
            assert code_of(reader.agents) == "UNAVAILABLE", files
        with Reader(hub, messages) as reader:
            assert reader.agents() == {}
        assert hub.log().count("refused the connection of 127.0.0.1:") >= 3, hub.log()


def refusals_fill_no_log(folders):
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        messages = messages_of(hub)
        with Reader(hub, messages, authority.agent("box-1")) as reader:
            for _ in range(200):
                assert code_of(reader.agents) == "PERMISSION_DENIED"
        assert 20 <= hub.log().count("refused") <= 42, hub.log()  # a minute may begin anew meanwhile


def an_owner_sees_its_tenant_only(folders):
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        messages = messages_of(hub)
        with Agent(hub, messages, "box-1") as shared, Agent(hub, messages, "box-2") as foreign, \
                Reader(hub, messages, authority.files("owner", "--role", "owner/acme")) as owner:
            zones = {"dev": ("acme", "armed", 5), "lab": ("umbrella", "armed", 7)}
            shared.push(spent=11, zones=zones)
            foreign.push(spent=13, zones={"lab": ("umbrella", "armed", 7)})
            seen = owner.agents()
            assert set(seen) == {"box-1"}, seen
            assert [zone.name for zone in seen["box-1"].zones] == ["dev"], seen
            assert seen["box-1"].burn[0].rate_micros_per_hour == 5, seen
            assert code_of(owner.agent, "box-2") == "NOT_FOUND"
            status = owner.agent("box-1").status
            assert [zone.name for zone in status.zones] == ["dev"], status
            assert [agent.id for agent in next(owner.watch()).agents] == ["box-1"]


def a_push_that_is_sent_again_is_taken_once(folders):
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        messages = messages_of(hub)
        with Agent(hub, messages, "box-1") as agent, Reader(hub, messages) as reader:
            request = agent.request(["armed", "limit_warned"], spent=5)
            for _ in range(3):
                answer = agent.send(request)
                assert answer.facts.taken and answer.samples.taken, answer
                assert answer.facts.head.sequence == 2, answer
            detail = reader.agent("box-1")
            assert detail.summary.facts == 2 and [total.value_micros for total in detail.totals] == [5], detail


class Pusher(threading.Thread):
    """Pushes one fact and one total after the other, each again until it is answered."""

    def __init__(self, agent):
        super().__init__()
        self.agent, self.acknowledged, self.repeated, self.problem = agent, 0, 0, None
        self.stop = False

    def run(self):
        try:
            while not self.stop:
                self.push_until_answered(self.agent.request(["limit_warned"], spent=self.acknowledged + 1))
                self.acknowledged += 1
        except Exception as problem:  # told by the thread that waits for this one
            self.problem = problem

    def push_until_answered(self, request):
        while True:
            code = code_of(self.agent.send, request, 5)
            if code == "OK":
                return
            assert code in ("UNAVAILABLE", "DEADLINE_EXCEEDED"), code
            self.repeated += 1
            self.agent.reconnect()
            time.sleep(0.02)


def what_was_acknowledged_survives_kill_minus_nine_exactly_once(folders):
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        messages = messages_of(hub)
        with Agent(hub, messages, "box-1") as agent:
            pusher = Pusher(agent)
            pusher.start()
            try:
                for number in range(KILLS):
                    known = pusher.acknowledged
                    assert wait_for(lambda known=known: pusher.problem or pusher.acknowledged > known + number % 3,
                                    PATIENCE), "nothing is acknowledged"
                    hub.kill()
                    hub.start()
            finally:
                pusher.stop = True
                pusher.join()
            assert not pusher.problem, pusher.problem
            assert pusher.repeated > 0, "no kill met a push"
            with Reader(hub, messages) as reader:
                detail = reader.agent("box-1")
            hub.end()
        counts = (detail.summary.facts, detail.totals[0].value_micros)
        assert counts == (pusher.acknowledged, pusher.acknowledged), (detail, pusher.acknowledged)
        database = sqlite3.connect(hub.store)
        sequences = [row[0] for row in database.execute("SELECT sequence FROM fact ORDER BY sequence")]
        database.close()
        assert sequences == list(range(1, pusher.acknowledged + 1))
        print(f"  {pusher.acknowledged} pushes through {KILLS} kills, {pusher.repeated} of them sent again")


def retry_seconds_of(error):
    """What google.rpc.RetryInfo asks for: field 1 of a message in field 1 of the detail."""
    details = dict(error.trailing_metadata()).get("grpc-status-details-bin", b"")
    before, name, rest = details.partition(b"google.rpc.RetryInfo\x12")
    return rest[4] if name and rest[1:4:2] == b"\x0a\x08" else None


def a_full_disk_is_told_to_agents_and_nothing_is_lost_by_it(folders):
    if disks.missing():
        raise CannotBeTried(disks.missing())
    with Authority() as authority, disks.Memory() as disk, \
            Hub(folders.bin, authority, os.path.join(disk.folder, "hub.db")) as hub:
        messages = messages_of(hub)
        with Agent(hub, messages, "box-1") as agent, Reader(hub, messages) as reader:
            agent.push(["armed"])
            disk.fill()
            request, error = agent.request(["limit_warned"] * 500), None
            while error is None:  # there may be room for some
                try:
                    agent.send(request)
                    request = agent.request(["limit_warned"] * 500)
                except grpc.RpcError as problem:
                    error = problem
            assert error.code().name in ("RESOURCE_EXHAUSTED", "UNAVAILABLE"), error
            assert retry_seconds_of(error) == 30, error.trailing_metadata()
            assert wait_for(lambda: "the store can't be written" in hub.log(), PATIENCE, 0.05), hub.log()
            disk.empty()
            assert wait_for(lambda: code_of(agent.send, request) == "OK", PATIENCE, 0.2), hub.log()
            seen = reader.agents()["box-1"]
            assert (seen.facts, seen.gaps) == (agent.fact, 0), (seen, agent.fact)
        hub.end()


def certificates_are_exchanged_without_a_restart(folders):
    with Authority() as authority, Authority() as other, Hub(folders.bin, authority) as hub:
        messages = messages_of(hub)
        for source, target in zip(other.server(), authority.server()):
            shutil.copyfile(source, target)
        both = os.path.join(authority.folder, "both.pem")
        with open(both, "w", encoding="utf-8") as file:
            for trusted in (authority.authorities, other.authorities):
                with open(trusted, encoding="utf-8") as part:
                    file.write(part.read())
        hub.process.send_signal(1)
        assert wait_for(lambda: "certificates were loaded anew" in hub.log(), PATIENCE, 0.05), hub.log()
        reader = Reader(hub, messages)
        reader.client = Client(hub, authority.operator(), both)
        assert reader.agents() == {}
        with open(authority.server()[0], "w", encoding="utf-8") as file:
            file.write("rubbish")
        hub.process.send_signal(1)
        assert wait_for(lambda: "what was loaded before stays in use" in hub.log(), PATIENCE, 0.05), hub.log()
        assert reader.agents() == {}


def a_configuration_file_says_the_same_as_options_and_options_go_first(folders):
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        hub.end()
        file = os.path.join(authority.folder, "hub.toml")
        words = hub.arguments()
        lines = [f"{name[2:]} = {json.dumps(value)}" for name, value in zip(words[::2], words[1::2])]
        lines.append('alertmanager = ["http://127.0.0.1:1", "http://127.0.0.1:2"]')
        with open(file, "w", encoding="utf-8") as text:
            text.write("\n".join(lines) + "\n")
        old_port, hub.port = hub.port, free_port()
        hub.arguments = lambda: ["--config", file, "--listen", f"127.0.0.1:{hub.port}"]
        hub.start()
        assert hub.port != old_port
        with Reader(hub, messages_of(hub)) as reader:
            assert reader.agents() == {}
        with open(file, "a", encoding="utf-8") as text:
            text.write("nonsense = 1\n")
        result = subprocess.run([hub.program, "--config", file], capture_output=True, text=True, timeout=PATIENCE,
                                check=False)
        assert result.returncode == 2 and "nonsense" in result.stderr, result


def without(arguments, option):
    pairs = zip(arguments[::2], arguments[1::2])
    return [word for pair in pairs if pair[0] != option for word in pair]


def what_is_wrong_at_the_start_is_told_with_its_cure(folders):
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        def run(*arguments):
            result = subprocess.run([hub.program, *arguments], capture_output=True, text=True, timeout=PATIENCE,
                                    check=False)
            return result.returncode, result.stdout + result.stderr

        usual = hub.arguments()
        assert run("--help")[0] == 0
        assert run() == (2, run()[1]) and "is required" in run()[1]
        code, text = run(*usual)
        assert code == 3 and "store" in text, text
        code, text = run(*without(usual, "--store"), "--store", os.path.join(authority.folder, "other.db"))
        assert code == 4 and "Address already in use" in text, text
        for option, value, problem in (("--listen", "here", '"here"'), ("--missing-after", "soon", '"soon"'),
                                       ("--webhook", "http://192.0.2.1/x", "unencrypted"),
                                       ("--alertmanager", "https://a:9093", "--alert-authorities"),
                                       ("--store", "/nowhere/hub.db", "/nowhere/hub.db"),
                                       ("--key", "/nowhere/hub.key", "/nowhere/hub.key")):
            code, text = run(*without(usual, option), option, value)
            assert code == 1 and problem in text and "Cure" in text, text


TESTS = [
    the_fleet_is_read_by_stock_clients_that_know_nothing_of_it,
    what_waits_at_the_agent_is_told_as_far_as_it_told,
    who_watches_gets_all_agents_at_once_and_then_what_changes,
    buf_curl_reads_it_by_all_three_protocols,
    each_role_may_do_its_own_and_nothing_else,
    who_shows_no_certificate_or_one_that_is_not_trusted_gets_no_connection,
    refusals_fill_no_log,
    an_owner_sees_its_tenant_only,
    a_push_that_is_sent_again_is_taken_once,
    what_was_acknowledged_survives_kill_minus_nine_exactly_once,
    a_full_disk_is_told_to_agents_and_nothing_is_lost_by_it,
    certificates_are_exchanged_without_a_restart,
    a_configuration_file_says_the_same_as_options_and_options_go_first,
    what_is_wrong_at_the_start_is_told_with_its_cure,
    *hub_alerts.TESTS,
    *hub_fleet.TESTS,
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="the folder with noodstop-hub and noodstop")
    parser.add_argument("--only", default="", help="part of the name of the tests to run")
    arguments = parser.parse_args()
    tests = [test for test in TESTS if arguments.only in test.__name__.replace("_", " ")]
    return Claims().run(tests, arguments)


if __name__ == "__main__":
    sys.exit(main())
