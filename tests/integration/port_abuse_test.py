#!/usr/bin/env python3
"""The TLS port under abuse: whatever strangers and holders of a stolen certificate do to it, honest clients beside them
get answers, memory stays under a bound, descriptors come back, and no scanner finds what should not be there.

usage: port_abuse_test.py --bin FOLDER [--daemon] [--seconds N | --quick] [--only PART]
       port_abuse_test.py --target PORT --pid PID --certs FOLDER [--seconds N | --quick] [--only PART]

Starts the test server behind our TLS listener, with the limits of production; with --daemon a real noodstopd with a
remote port, whose path must also stop loads as soon as ever, and which wants root and cgroup v2. With --target the
port is one on loopback that process PID serves, and the folder holds ca.pem and, of two clients that may ask for
health, client.pem, client.key, thief.pem and thief.key. Each attack lasts N seconds (5), slow ones at least until their
deadlines have shown. --quick: a second each, without what only time shows and without sslscan. Figures are told.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.append(os.path.join(HERE, "..", "rpc"))
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
try:
    from port_attacks import ATTACKS
    from harness import skip_unless_possible
    from port_clients import Client
    from port_daemon import GONE_SECONDS_MAX, Daemon
    from port_scan import accepted_ciphers, chosen_compression, faults, scan
except ImportError as missing:  # another python than Debian's, perhaps
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    print(f"SKIP: {missing}. Cure: apt-get install python3-h2 python3-grpcio")
    sys.exit(77)

CERTS = os.path.join(HERE, "..", "..", "tools", "certs")
RESIDENT_MIB_MAX = 64     # of the process that serves the port, at its worst moment
KEPT_SECONDS_MAX = 5      # for a call of who is connected
NEWCOMER_SECONDS_MAX = 20  # for a call of who must connect first, with clients' own pauses between attempts
MEDIAN_GROWTH_MAX = 50    # of a connected client's median call, against the calm moments before each attack
MEDIAN_SECONDS_FINE = 0.25  # below it growth is of no matter
LINGER_SECONDS_MAX = 30   # until descriptors are back
# These are ended by the port. The others it bears, or it is in no hurry.
ENDED = {"flood_of_rapid_reset", "flood_of_provoked_resets", "flood_of_continuation", "flood_of_settings",
         "flood_of_ping", "flood_of_window_updates", "flood_of_priorities", "flood_of_random_frames", "oversized",
         "plain_http"}
SLOW = {"slow_handshakes": 8, "slow_requests": 20}  # seconds after which their deadlines have shown
TRIPS = 5
GONE_GROWTH_MAX = 5  # where the machine is so busy that nothing starts or is seen in time, it is so before, too
PATH_ATTACKS = ("slow_handshakes", "no_certificates", "flood_of_rapid_reset", "flood_of_pings_never_read")
options = argparse.Namespace()


def median(values):
    return sorted(values)[len(values) // 2]


class Port:
    """The port under test, and what can be seen of its process from outside."""

    def __init__(self):
        self.folder, self.process = options.certs, None
        self.number, self.pid, self.daemon = options.target, options.pid, None
        if options.daemon:
            self.daemon = Daemon(os.path.join(options.bin, "noodstopd"))
            self.folder, self.number, self.pid = self.daemon.folder, self.daemon.port, self.daemon.pid
        elif self.number is None:
            self.start()
        self.descriptors = self.open_descriptors()

    def start(self):
        self.folder = tempfile.mkdtemp(prefix="noodstop-port-")
        for words in (("ca", self.folder), ("make", self.folder, "client", "--role", "operator"),
                      ("make", self.folder, "thief", "--role", "owner/acme"),
                      ("make", self.folder, "server", "--dns", "localhost", "--ip", "127.0.0.1")):
            subprocess.run([CERTS, *words], check=True)
        files = [os.path.join(self.folder, name) for name in ("server.pem", "server.key", "ca.pem")]
        self.process = subprocess.Popen([os.path.join(options.bin, "rpc_tls_test_server"), *files],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.number, self.pid = json.loads(self.process.stdout.readline())["port"], self.process.pid

    def end(self):
        if self.daemon:
            self.daemon.end()
        if self.process:
            self.process.communicate(timeout=30)
            shutil.rmtree(self.folder, ignore_errors=True)
            assert self.process.returncode == 0, f"the server ended with {self.process.returncode}"

    def open_descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def resident_mib(self, mark="VmHWM"):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith(mark))

    def words_for(self, attack, seconds):
        return [sys.executable, os.path.join(HERE, "port_attacks.py"), attack, "127.0.0.1", str(self.number),
                self.folder, str(seconds)]

    def suffer(self, attack, seconds):
        words = self.words_for(attack, seconds)
        result = subprocess.run(words, capture_output=True, text=True, timeout=seconds + 120, check=False)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def descriptors_are_back(self):
        end = time.monotonic() + LINGER_SECONDS_MAX
        while self.open_descriptors() > self.descriptors and time.monotonic() < end:
            time.sleep(0.1)
        return self.open_descriptors() <= self.descriptors


class Abuse(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.port = Port()
        target = f"127.0.0.1:{cls.port.number}"
        cls.warm_up(target)
        cls.kept = Client(target, cls.port.folder, keeps_connection=True, pause=0.01)
        cls.newcomer = Client(target, cls.port.folder, keeps_connection=False, pause=0.4)
        cls.clients = (cls.kept, cls.newcomer)

    @classmethod
    def tearDownClass(cls):
        cls.port.end()

    @classmethod
    def warm_up(cls, target):
        """What a server opens once, for its first client, it may keep."""
        first = Client(target, cls.port.folder, keeps_connection=False, pause=0)
        channel = first.channel()
        first.call(channel)
        assert first.seconds, first.failures
        while_open = cls.port.open_descriptors()
        channel.close()
        end = time.monotonic() + LINGER_SECONDS_MAX
        while cls.port.open_descriptors() >= while_open and time.monotonic() < end:
            time.sleep(0.05)
        cls.port.descriptors = cls.port.open_descriptors()

    def one_attack(self, name):
        """What honest clients saw before and during it."""
        time.sleep(0.7)
        calm, _ = self.kept.taken()
        self.newcomer.taken()
        seconds_min = 0 if options.quick else SLOW.get(name, 0)
        done = self.port.suffer(name, max(options.seconds, seconds_min))
        time.sleep(0.3)
        (kept, kept_failures), (newcomer, newcomer_failures) = self.kept.taken(), self.newcomer.taken()
        self.assertTrue(calm and kept, f"no call was answered: {kept_failures}")
        worst = max(newcomer, default=0)
        print(f"{name}: connected clients median {median(kept) * 1000:.1f} ms (calm {median(calm) * 1000:.1f}), worst "
              f"{max(kept) * 1000:.0f}; newcomers worst {worst * 1000:.0f} ms; "
              f"at most {self.port.resident_mib():.1f} MiB; {done}", flush=True)
        self.assertEqual((kept_failures, newcomer_failures), ([], []))
        self.assertLess(max(kept), KEPT_SECONDS_MAX)
        self.assertLess(worst, NEWCOMER_SECONDS_MAX)
        self.assertLess(median(kept), max(MEDIAN_SECONDS_FINE, MEDIAN_GROWTH_MAX * median(calm)))
        self.assertLess(self.port.resident_mib(), RESIDENT_MIB_MAX)
        self.assertGreater(done.get("visits", 0), 0)
        if name in ENDED:
            ended = sum(count for what, count in done.items() if what.startswith(("closed", "sent away: Conn")))
            self.assertGreater(ended, 0, "the port bore all of it")
        if name in SLOW and not options.quick:
            self.assertGreater(done.get("closed by the port", 0), 0, "the port waits for ever")
        self.assertEqual(done.get("left open", 0), 0)

    def test_honest_clients_are_answered_during_every_attack(self):
        for client in self.clients:
            client.start()
        time.sleep(1)
        for name in ATTACKS:
            if options.only in name:
                with self.subTest(name):
                    self.one_attack(name)
        for client in self.clients:
            client.stop()
        self.assertTrue(self.port.descriptors_are_back(),
                        f"{self.port.open_descriptors()} descriptors are open, {self.port.descriptors} were")

    def test_the_path_stops_a_load_as_soon_as_ever(self):
        daemon = self.port.daemon
        if not daemon:
            self.skipTest("the test server has no path")
        for name in PATH_ATTACKS:
            calm = [daemon.trip_seconds() for _ in range(TRIPS)]
            with subprocess.Popen(self.port.words_for(name, 600), stdout=subprocess.DEVNULL) as attack:
                time.sleep(1)
                attacked = [daemon.trip_seconds() for _ in range(TRIPS)]
                attack.kill()
            print(f"{name}: a load is gone after {median(attacked) * 1000:.0f} ms, worst {max(attacked) * 1000:.0f} "
                  f"(calm {median(calm) * 1000:.0f}, worst {max(calm) * 1000:.0f})", flush=True)
            self.assertLess(max(attacked), max(GONE_SECONDS_MAX, GONE_GROWTH_MAX * max(calm)))

    def test_sslscan_finds_nothing_but_what_is_meant_to_be_there(self):
        if options.quick or not shutil.which("sslscan"):
            self.skipTest("it takes a while" if options.quick else "sslscan is not here")
        found = scan("127.0.0.1", self.port.number, self.port.folder)
        self.assertEqual(faults(found), [])
        self.assertIn(("TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"), accepted_ciphers(found))

    def test_nothing_is_compressed(self):
        self.assertEqual(chosen_compression("127.0.0.1", self.port.number, self.port.folder, b"\x01\x00"), 0)
        self.assertIn(chosen_compression("127.0.0.1", self.port.number, self.port.folder, b"\x01"), (0, None))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default="build/dev/bin")
    parser.add_argument("--daemon", action="store_true")
    parser.add_argument("--target", type=int)
    parser.add_argument("--pid", type=int)
    parser.add_argument("--certs")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    parser.parse_args(namespace=options)
    if options.target and not (options.pid and options.certs):
        parser.error("--target wants --pid and --certs")
    if options.daemon:
        skip_unless_possible()
    if options.quick:
        options.seconds = 1
    result = unittest.main(argv=sys.argv[:1], exit=False, verbosity=2).result
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
