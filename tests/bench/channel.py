#!/usr/bin/env python3
"""The channel against what others would have used: handshakes against Asio's stream on OpenSSL; calls, memory and size
against libgrpc++ with the same .proto, certificates and TLS settings.

usage: channel.py FOLDER_OF_BINARIES [--rounds N] [--seconds N]

Each figure is a line `name value unit`: the median over rounds that take turns (A B A B), so that what else the machine
does meets all of them. Exit code 77 where the packages of group bench are not installed.
"""
import argparse
import collections
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CERTS = os.path.join(HERE, "..", "..", "tools", "certs")
HANDSHAKES = ("ours", "openssl", "openssl13")
SIDES = ("ours", "grpc")
AT_ONCE = (1, 16)
CONNECTIONS = 100
WARM_UP_SECONDS = 0.3
# So that libgrpc's clients and servers speak the suite that ours does.
SUITES = {"GRPC_SSL_CIPHER_SUITES": "ECDHE-ECDSA-AES128-GCM-SHA256"}


def tell(name, value, unit):
    print(f"channel_{name} {value:.6g} {unit}", flush=True)


class Bench:
    def __init__(self, binaries, rounds, seconds, folder):
        self.binaries, self.rounds, self.seconds, self.folder = binaries, rounds, seconds, folder
        for words in (("ca", folder), ("make", folder, "client", "--role", "operator"),
                      ("make", folder, "server", "--dns", "localhost", "--ip", "127.0.0.1")):
            subprocess.run([CERTS, *words], check=True)

    def program(self, name):
        return os.path.join(self.binaries, f"bench_{name}")

    def start(self, *words):
        """A program that tells something when it is ready and ends with its input."""
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                   env={**os.environ, **SUITES})
        return process, process.stdout.readline().strip()

    def end(self, process):
        process.communicate(timeout=60)

    def told(self, *words):
        result = subprocess.run(words, capture_output=True, text=True, env={**os.environ, **SUITES},
                                timeout=self.seconds * 10 + 120, check=False)
        if result.returncode != 0:
            sys.exit(f"{' '.join(words)}: {result.stderr}")
        return json.loads(result.stdout)

    def handshakes(self):
        kinds = [kind + mark for mark in ("", "-resumed") for kind in HANDSHAKES]
        rounds = collections.defaultdict(list)
        for _ in range(self.rounds):
            for kind in kinds:
                rounds[kind].append(self.told(self.program("handshakes"), self.folder, kind, str(self.seconds)))
        for kind in kinds:
            tag = kind.replace("-", "_") if "-" in kind else kind + "_full"
            tell(f"handshakes_{tag}", statistics.median(one["handshakes"] / one["seconds"] for one in rounds[kind]),
                 "per_second")
            for end in ("server", "client"):
                tell(f"handshake_{end}_processor_{tag}", statistics.median(one[f"{end}_ms"] for one in rounds[kind]),
                     "ms")

    def ask(self, client, port, at_once, seconds):
        return self.told(self.program(f"rpc_{client}"), "client", self.folder, port, str(at_once), str(seconds))

    def calls(self):
        servers = {side: self.start(self.program(f"rpc_{side}"), "server", self.folder) for side in SIDES}
        rounds = collections.defaultdict(list)
        for server in SIDES:
            for client in SIDES:
                self.ask(client, servers[server][1], 1, WARM_UP_SECONDS)
        for _ in range(self.rounds):
            for at_once in AT_ONCE:
                for client in SIDES:
                    for server in SIDES:
                        rounds[server, client, at_once].append(
                            self.ask(client, servers[server][1], at_once, self.seconds))
        for process, _ in servers.values():
            self.end(process)
        for (server, client, at_once), figures in sorted(rounds.items()):
            tag = f"{server}_server_{client}_client_{at_once}_at_once"
            tell(f"calls_{tag}", statistics.median(one["calls"] / one["seconds"] for one in figures), "per_second")
            for share in ("p50", "p99"):
                tell(f"call_{share}_{tag}", statistics.median(one[share] for one in figures), "us")

    def memory(self):
        for side in SIDES:
            server, port = self.start(self.program(f"rpc_{side}"), "server", self.folder)
            self.ask("ours", port, 1, WARM_UP_SECONDS)  # what is made with the first client is there for good
            self.tell_memory(f"{side}_server_idle", server.pid)
            holder, _ = self.start(self.program("rpc_ours"), "hold", self.folder, port, str(CONNECTIONS))
            self.tell_memory(f"{side}_server_{CONNECTIONS}_connections", server.pid)
            self.end(holder)
            self.end(server)

    def tell_memory(self, tag, pid):
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            sizes = dict(re.findall(r"^(Rss|Pss|Private_Dirty):\s+(\d+) kB", file.read(), re.MULTILINE))
        for name, unit in (("Rss", "resident"), ("Pss", "proportional"), ("Private_Dirty", "private_dirty")):
            tell(f"memory_{unit}_{tag}", int(sizes[name]) / 1024, "MiB")

    def sizes(self):
        for side in SIDES:
            stripped = os.path.join(self.folder, f"stripped_{side}")
            subprocess.run(["strip", "-o", stripped, self.program(f"rpc_{side}")], check=True)
            listed = subprocess.run(["ldd", stripped], capture_output=True, text=True, check=True).stdout
            libraries = sorted({os.path.realpath(path) for path in re.findall(r"(/\S+) \(0x", listed)})
            own, shared = os.path.getsize(stripped), sum(os.path.getsize(path) for path in libraries)
            tell(f"size_program_{side}", own / 2**20, "MiB")
            tell(f"size_shared_libraries_{side}", shared / 2**20, "MiB")
            tell(f"size_together_{side}", (own + shared) / 2**20, "MiB")
            tell(f"size_libraries_{side}", len(libraries), "libraries")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    options = parser.parse_args()
    if not os.path.exists(os.path.join(options.binaries, "bench_rpc_grpc")):
        print("bench_rpc_grpc was not built: libgrpc++-dev is not here", file=sys.stderr)
        sys.exit(77)
    folder = tempfile.mkdtemp(prefix="noodstop-channel-")
    try:
        bench = Bench(options.binaries, options.rounds, options.seconds, folder)
        bench.sizes()
        bench.memory()
        bench.handshakes()
        bench.calls()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
