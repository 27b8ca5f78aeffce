"""`noodstop fleet` against a real hub, and a fleet of agents that are nothing but their uplink."""

import json
import os
import random
import sqlite3
import subprocess
import time

from harness import PATIENCE, wait_for
from hub_world import Agent, Authority, Hub, Reader, messages_of

AGENTS, ENTRIES, KILLS = 10, 400, 6


def environment(hub, files):
    return {**os.environ, "NOODSTOP_HUB": f"localhost:{hub.port}", "NOODSTOP_CERTIFICATE": files[0],
            "NOODSTOP_KEY": files[1], "NOODSTOP_AUTHORITIES": hub.authority.authorities}


def fleet(folders, hub, *arguments, files=None):
    """(exit code, output, mistakes) of `noodstop fleet`."""
    result = subprocess.run([os.path.join(folders.bin, "noodstop"), "fleet", *arguments], capture_output=True,
                            text=True, env=environment(hub, files or hub.authority.operator()), timeout=PATIENCE,
                            check=False)
    return result.returncode, result.stdout, result.stderr


def row_of(text, agent):
    rows = [line.split() for line in text.split("\n") if line.startswith(agent + " ")]
    assert len(rows) == 1, text
    return rows[0]


def noodstop_fleet_shows_who_is_there_and_what_is_disarmed(folders):
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        messages = messages_of(hub)
        with Agent(hub, messages, "box-1") as calm, Agent(hub, messages, "box-2") as loud:
            assert fleet(folders, hub) == (0, "no agent has been heard of\n", "")
            calm.push(spent=5_000_000, zones={"dev": ("acme", "armed", 12_500_000)})
            assert fleet(folders, hub, "--check")[0] == 0
            loud.push(zones={"dev": ("acme", "disarmed", 0), "lab": ("acme", "armed", 0)})
            code, text, _ = fleet(folders, hub)
            assert code == 0 and "!! zone dev of box-2 is DISARMED" in text and "\x1b" not in text, text
            row = row_of(text, "box-1")
            assert row[1] == "connected" and row[4:6] == ["1", "armed"] and "12.50" in row and "5.00" in row, text
            assert "1 DISARMED, 1 armed" in text, text
            assert fleet(folders, hub, "--check")[0] == 4
            code, text, _ = fleet(folders, hub, "box-1")
            assert code == 0 and text.startswith("agent box-1, connected") and "first_seen" in text, text
            agents = json.loads(fleet(folders, hub, "--json")[1])["agents"]
            assert [(one["id"], one["burn"][0]["rate_micros_per_hour"]) for one in agents] == \
                [("box-1", "12500000"), ("box-2", "0")], agents
            detail = json.loads(fleet(folders, hub, "--json", "box-1")[1])
            assert detail["status"]["agent"] == "box-1" and detail["totals"][0]["value_micros"] == "5000000", detail


def noodstop_fleet_ends_with_the_code_that_its_help_promises(folders):
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        code, _, problem = fleet(folders, hub, "nobody")
        assert code == 1 and "no agent has the name nobody" in problem, problem
        code, _, problem = fleet(folders, hub, files=authority.agent("box-1"))
        assert code == 1 and "agents push, and nothing else" in problem, problem
        code, _, problem = fleet(folders, hub, files=("/nowhere/a.pem", "/nowhere/a.key"))
        assert code == 1 and "/nowhere/a.pem" in problem, problem
        result = subprocess.run([os.path.join(folders.bin, "noodstop"), "fleet"], capture_output=True, text=True,
                                env={"PATH": os.environ["PATH"]}, timeout=PATIENCE, check=False)
        assert result.returncode == 2 and "--hub" in result.stderr, result
        hub.kill()
        code, _, problem = fleet(folders, hub)
        assert code == 3 and f"cannot connect to localhost port {hub.port}" in problem, problem


def noodstop_fleet_watches_in_lines_where_nobody_looks(folders):
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        messages = messages_of(hub)
        with Agent(hub, messages, "box-1") as agent:
            agent.push(zones={"dev": ("acme", "armed", 1)})
            watch = subprocess.Popen([os.path.join(folders.bin, "noodstop"), "fleet", "--watch"], text=True,
                                     stdout=subprocess.PIPE, env=environment(hub, authority.operator()))
            try:
                assert watch.stdout.readline() == "1 agents, 0 missing\n"
                agent.push(zones={"dev": ("acme", "tripped", 1)})
                lines = []
                assert wait_for(lambda: lines.append(watch.stdout.readline()) or "TRIPPED" in lines[-1],
                                PATIENCE), lines
            finally:
                watch.terminate()
                watch.wait(PATIENCE)
                watch.stdout.close()


def stand_in(folders, hub, number):
    name = f"box-{number}"
    certificate, key = hub.authority.agent(name)
    return subprocess.Popen([os.path.join(folders.bin, "hub_test_agent"), "--agent", name, "--port", str(hub.port),
                             "--certificate", certificate, "--key", key, "--authorities", hub.authority.authorities,
                             "--entries", str(ENTRIES), "--epoch", str(random.getrandbits(62))])


def facts_in(hub):
    database = sqlite3.connect(f"file:{hub.store}?mode=ro", uri=True)
    try:
        query = "SELECT agent.id, count(*), max(sequence) FROM fact JOIN agent ON agent.number = fact.agent GROUP BY id"
        return {name: (count, last) for name, count, last in database.execute(query)}
    finally:
        database.close()


def ten_agents_have_everything_in_the_hub_exactly_once_though_it_is_killed(folders):
    with Authority() as authority, Hub(folders.bin, authority) as hub:
        messages = messages_of(hub)
        for number in range(AGENTS):
            authority.agent(f"box-{number}")
        agents = [stand_in(folders, hub, number) for number in range(AGENTS)]
        try:
            for _ in range(KILLS):
                time.sleep(random.uniform(0.05, 0.4))  # the moment of the kill is chance
                hub.kill()
                hub.start()
            assert wait_for(lambda: all(agent.poll() is not None for agent in agents), 3 * PATIENCE, 0.1), hub.log()
            assert [agent.returncode for agent in agents] == [0] * AGENTS
        finally:
            for agent in agents:
                agent.kill()
                agent.wait()
        with Reader(hub, messages) as reader:
            seen = reader.agents()
            assert len(seen) == AGENTS, seen
            for name, agent in seen.items():
                counts = (agent.facts, agent.gaps, agent.facts_waiting, agent.samples_waiting)
                assert counts == (ENTRIES, 0, 0, 0), agent
                assert agent.burn[0].accrued_micros == ENTRIES, agent
                events = {event.kind for event in reader.agent(name).events}
                assert events == {1}, events  # first seen, and nothing strange
        hub.end()
        assert facts_in(hub) == {f"box-{number}": (ENTRIES, ENTRIES) for number in range(AGENTS)}


TESTS = [
    noodstop_fleet_shows_who_is_there_and_what_is_disarmed,
    noodstop_fleet_ends_with_the_code_that_its_help_promises,
    noodstop_fleet_watches_in_lines_where_nobody_looks,
    ten_agents_have_everything_in_the_hub_exactly_once_though_it_is_killed,
]
