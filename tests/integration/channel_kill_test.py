#!/usr/bin/env python3
"""Agents and their hub under kill -9, cut networks and load: when all is well again, the hub has every fact of each
agent once, as the agent has it, and its totals are the agents' ledgers.

Usage: channel_kill_test.py --bin FOLDER [--rounds N] [--agents N] [--seed N]. The seed is printed; the same seed gives
the same disasters at the same moments, as far as a machine repeats itself.
"""

import argparse
import glob
import json
import os
import pwd
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

from channel_site import HubSite
from harness import Site, skip_unless_possible, wait_for

ROUNDS_BETWEEN_CHECKS = 25
DRAIN_PATIENCE = 180.0  # seconds: back-offs have to pass, on a busy machine
SHORT_BURN = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"
DISASTERS = ("path", "doors", "supervisor", "hub", "network")
JOURNAL_MOST = "10000"
PROTOCOL = os.path.join(os.path.dirname(__file__), "..", "..", "proto")


def with_debians_packages():
    """Debian's python has its protobuf; another one that comes first in PATH may not."""
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])


def service_messages():
    """Generated messages of our .proto files, made by protoc for this run."""
    folder = tempfile.mkdtemp(prefix="noodstop-protocol-")
    files = glob.glob(os.path.join(PROTOCOL, "noodstop/v1/*.proto"))
    subprocess.run(["protoc", f"--proto_path={PROTOCOL}", f"--python_out={folder}", *files], check=True)
    sys.path.insert(0, folder)
    from noodstop.v1 import status_service_pb2  # pylint: disable=import-error,import-outside-toplevel
    return status_service_pb2


class Agent:
    """One agent of the fleet: its site, and a load that never comes to rest while it churns."""

    def __init__(self, binary_folder, hub, name):
        owner = pwd.getpwnam("nobody").pw_uid
        hub.certificates.make(name, role=f"agent/{name}", owner=owner)
        more = f'[uplink]\nhost = "127.0.0.1"\nport = {hub.proxy.port}\n{hub.certificates.lines(name)}'
        self.name = name
        self.site = Site(os.path.join(binary_folder, "noodstopd"), stop="1000000",
                         agent='checkpoint_interval = "1s"', more=more)
        text = open(self.site.config, encoding="utf-8").read().replace('name = "test"', f'name = "{name}"')
        with open(self.site.config, "w", encoding="utf-8") as config:
            config.write(text)
        self.site.start_daemon()

    def churn(self, chance):
        """A group appears, works a little and goes, or the present one works a little more."""
        if chance.random() < 0.5:
            self.site.load.launch(1, SHORT_BURN)
            return
        group = self.site.group(f"load/job-{chance.randrange(1 << 30)}")
        group.launch(1, SHORT_BURN)
        wait_for(group.ended, 5)
        group.end()
        if chance.random() < 0.8:
            Site.remove(group.path)
            self.site.groups.remove(group)

    def kill(self, role):
        pid = self.site.daemon.pid if role == "supervisor" else self.site.child(role)
        if pid is None:
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        if role == "supervisor":
            self.site.daemon.wait()
            self.site.start_daemon()
        return True

    def trip_and_reset(self):
        self.site.ask("trip", "dev", "--reason", "a test")
        self.site.ask("reset", "dev", "--reason", "a test")

    def facts(self):
        """By number, as `noodstop journal` tells them; None if it does not answer."""
        done = self.site.ask("journal", "--json", "--most", JOURNAL_MOST)
        if done.returncode != 0:
            return None
        return {fact["sequence"]: fact for fact in map(json.loads, done.stdout.splitlines())}

    def ledger(self):
        """Of what the hub's totals must be: (kind, name) -> millionths; None if it does not answer."""
        status, done = self.site.status(), self.site.ask("resources", "--json")
        if not status or done.returncode != 0:
            return None
        ledger = {("limit_used", limit["name"]): int(limit["used"])
                  for limit in status["snapshot"]["limits"] if limit["kind"] == "spend"}
        for resource in json.loads(done.stdout)["resources"]:
            ledger[("resource_spend", resource["id"])] = int(resource["accrued_micros"])
        return ledger


def plain(fact):
    """A fact of `noodstop journal --json` and of the hub, made comparable."""
    return (fact["kind"], fact["at_micros"], fact["tenant"], fact["zone"], fact["provider"], fact["resource"],
            fact["limit"], tuple((field["name"], field["value"]) for field in fact["fields"]))


def plain_message(fact):
    kind = fact.DESCRIPTOR.fields_by_name["kind"].enum_type.values_by_number[fact.kind].name
    kind = kind.removeprefix("FACT_KIND_").lower()
    return (kind, str(fact.at_micros), fact.tenant, fact.zone, fact.provider, fact.resource, fact.limit,
            tuple((field.name, field.value) for field in fact.fields))


def difference_of_facts(agent, book, messages):
    own = agent.facts()
    if own is None:
        return "the agent does not answer"
    held = book.facts.get(agent.name, [])
    numbers = [row[1] for row in held]
    if len(numbers) != len(set(numbers)):
        return f"doubled: {sorted(number for number in set(numbers) if numbers.count(number) > 1)[:10]}"
    missing = sorted(set(own) - set(numbers))
    invented = sorted(set(numbers) - set(own)) if len(own) < int(JOURNAL_MOST) else []
    if missing or invented:
        return f"missing: {missing[:10]}, not the agent's: {invented[:10]}"
    for _, number, body in held:
        (fact,) = messages.ListFactsResponse.FromString(bytes(body)).facts
        if number in own and plain_message(fact) != plain(own[number]):
            return f"fact {number} is another one at the hub: {plain_message(fact)} for {plain(own[number])}"
    return f"gaps: {book.gaps[agent.name]}" if book.gaps.get(agent.name) else ""


def difference_of_totals(agent, book):
    ledger = agent.ledger()
    if ledger is None:
        return "the agent does not answer"
    totals = {}
    for (kind, _, _, limit, _, resource, _), value in book.totals.get(agent.name, {}).items():
        totals[(kind, limit or resource)] = value
    wrong = {name: (value, totals.get(name)) for name, value in ledger.items() if totals.get(name, 0) != value}
    return f"totals (agent's, hub's): {dict(list(wrong.items())[:5])}" if wrong else ""


def check(fleet, hub, messages):
    """Waits until the hub has everything; the difference that stays is the failure."""
    told = {}

    def is_equal():
        book = hub.book()
        for agent in fleet:
            told[agent.name] = difference_of_facts(agent, book, messages) or difference_of_totals(agent, book)
        return not any(told.values())

    if not wait_for(is_equal, DRAIN_PATIENCE, 0.5):
        raise AssertionError("; ".join(f"{name}: {text}" for name, text in told.items() if text))
    return sum(len(agent.facts()) for agent in fleet)


class Churn:
    """Load on all agents until told to stop."""

    def __init__(self, fleet, seed):
        self.goes_on = True
        self.thread = threading.Thread(target=self.run, args=(fleet, random.Random(f"{seed}/churn")))
        self.thread.start()

    def run(self, fleet, chance):
        while self.goes_on:
            chance.choice(fleet).churn(chance)
            time.sleep(chance.uniform(0.0, 0.1))

    def stop(self):
        self.goes_on = False
        self.thread.join()


def strike(disaster, fleet, hub, chance):
    agent = chance.choice(fleet)
    if disaster == "hub":
        hub.kill()
        time.sleep(chance.uniform(0.0, 0.3))
        hub.start()
    elif disaster == "network":
        hub.proxy.cut()
        time.sleep(chance.uniform(0.0, 0.5))
        hub.proxy.heal()
    else:
        agent.kill(disaster)


def run_rounds(arguments, seed, hub, fleet, messages):
    counts = {disaster: 0 for disaster in DISASTERS}
    done = 0
    while done < arguments.rounds:
        churn = Churn(fleet, f"{seed}/{done}")
        try:
            for _ in range(min(ROUNDS_BETWEEN_CHECKS, arguments.rounds - done)):
                chance = random.Random(f"{seed}/{done}")
                time.sleep(chance.uniform(0.0, 0.3))
                if chance.random() < 0.1:
                    chance.choice(fleet).trip_and_reset()
                for disaster in chance.sample(DISASTERS, chance.choice((1, 1, 2))):
                    strike(disaster, fleet, hub, chance)
                    counts[disaster] += 1
                done += 1
        finally:
            churn.stop()
        facts = check(fleet, hub, messages)
        print(f"{done} rounds: {facts} facts, none missing, none doubled; totals equal", flush=True)
    print("disasters: " + ", ".join(f"{name} {count}" for name, count in counts.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="the folder with noodstopd and noodstop-hub")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--agents", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    with_debians_packages()
    skip_unless_possible()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}, {arguments.rounds} rounds, {arguments.agents} agents", flush=True)
    messages = service_messages()
    fleet = []
    with HubSite(arguments.bin) as hub:
        hub.start()
        assert wait_for(hub.answers, 20), hub.log_text()
        try:
            for number in range(arguments.agents):
                fleet.append(Agent(arguments.bin, hub, f"box-{number}"))
            run_rounds(arguments, seed, hub, fleet, messages)
        except AssertionError as failure:
            print(f"FAILED with seed {seed}: {failure}\n{hub.log_text()[-3000:]}", flush=True)
            for agent in fleet:
                print(f"--- {agent.name}\n{agent.site.log_text()[-2000:]}", flush=True)
            print(f"{arguments.rounds} rounds, 1 failed")
            return 1
        finally:
            for agent in fleet:
                agent.site.__exit__()
    print(f"{arguments.rounds} rounds, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
