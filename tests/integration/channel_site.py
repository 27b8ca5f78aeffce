"""A hub with its certificates, a proxy in front of it that can be cut, and what its database says: for tests of the
channel. The proxy plays the network between agents and hub; both ends are the real programs."""

import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading

from harness import content_of_pair, wait_for

CERTS = os.path.join(os.path.dirname(__file__), "..", "..", "tools", "certs")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Certificates:
    """A small authority of its own, with tools/certs."""

    def __init__(self, folder):
        self.folder = folder
        subprocess.run([CERTS, "ca", folder], check=True, capture_output=True)

    def make(self, name, role=None, owner=None):
        command = [CERTS, "make", self.folder, name, "--ip", "127.0.0.1"]
        subprocess.run(command + (["--role", role] if role else []), check=True, capture_output=True)
        if owner is not None:
            for ending in (".key", ".pem"):
                os.chown(os.path.join(self.folder, name + ending), owner, -1)
        return self

    def path(self, file):
        return os.path.join(self.folder, file)

    def lines(self, name):
        """For a configuration."""
        return (f'certificate = "{self.path(name + ".pem")}"\nkey = "{self.path(name + ".key")}"\n'
                f'authorities = "{self.path("ca.pem")}"\n')


class CuttingProxy:
    """Passes TCP on to a port, until it is cut: then what is open ends hard, and nobody gets through."""

    def __init__(self, target_port):
        self.target_port = target_port
        self.is_cut = False
        self.lock = threading.Lock()
        self.open = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.target_port), timeout=5)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        with self.lock:
            if self.is_cut:
                self.reset(client)
                self.reset(server)
                return
            self.open |= {client, server}
        back = threading.Thread(target=self.pump, args=(server, client), daemon=True)
        back.start()
        self.pump(client, server)
        back.join()
        with self.lock:
            self.open -= {client, server}
        client.close()
        server.close()

    @staticmethod
    def pump(source, target):
        try:
            while piece := source.recv(65536):
                target.sendall(piece)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    @staticmethod
    def reset(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def cut(self):
        with self.lock:
            self.is_cut = True
            for end in self.open:
                self.reset(end)

    def heal(self):
        with self.lock:
            self.is_cut = False

    def close(self):
        self.listener.close()
        self.cut()


class HubSite:
    """A hub's folder and process; ended and removed on leaving."""

    def __init__(self, binary_folder, *options):
        self.binary = os.path.join(binary_folder, "noodstop-hub")
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="noodstop-hub-")
        os.chmod(self.folder, 0o755)  # the agents' doors processes read their certificates there
        self.certificates = Certificates(os.path.join(self.folder, "certificates"))
        os.chmod(self.certificates.folder, 0o755)
        self.certificates.make("hub", role="hub/test")
        self.store = os.path.join(self.folder, "hub.db")
        self.port = free_port()
        self.log_path = os.path.join(self.folder, "log")
        self.log = open(self.log_path, "ab")  # pylint: disable=consider-using-with
        self.process = None
        self.proxy = CuttingProxy(self.port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        self.proxy.close()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        certificates = self.certificates
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            [self.binary, "--listen", f"127.0.0.1:{self.port}", "--store", self.store,
             "--certificate", certificates.path("hub.pem"), "--key", certificates.path("hub.key"),
             "--authorities", certificates.path("ca.pem"), *self.options],
            stdout=self.log, stderr=self.log)
        return self

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        if self.process:
            self.process.wait()

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def log_text(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def book(self):
        """What is durable at the hub now, read from a copy of its database by SQLite's own program library."""
        copy = tempfile.mkdtemp(prefix="noodstop-copy-")
        try:
            target = os.path.join(copy, "hub.db")
            assert wait_for(lambda: content_of_pair(self.store, target), 10), "the hub's database never held still"
            return HubBook(target)
        finally:
            shutil.rmtree(copy, ignore_errors=True)


class HubBook:
    """Of each agent: facts as (epoch, sequence, body), gaps, totals of its present line, events."""

    def __init__(self, path):
        database = sqlite3.connect(path)
        try:
            self.facts, self.gaps, self.totals, self.events = {}, {}, {}, {}
            for number, name, line in database.execute("SELECT number, id, line FROM agent").fetchall():
                name = name if isinstance(name, str) else bytes(name).decode()
                self.facts[name] = database.execute(
                    "SELECT epoch, sequence, body FROM fact WHERE agent = ? ORDER BY sequence", (number,)).fetchall()
                self.gaps[name] = database.execute(
                    "SELECT epoch, first, last FROM gap WHERE agent = ?", (number,)).fetchall()
                self.totals[name] = {
                    counter_name(bytes(row[0])): row[1] for row in database.execute(
                        "SELECT name, value FROM total WHERE agent = ? AND line = ?", (number, line))}
                self.events[name] = [row[0] for row in database.execute(
                    "SELECT text FROM event WHERE agent = ?", (number,))]
        finally:
            database.close()


def counter_name(archived):
    """(kind, tenant, zone, limit, provider, resource, currency), as agent/core/archive.hpp writes it."""
    texts, at = [], 1
    kind = ("zone_spend", "limit_used", "resource_spend")[archived[0] >> 1]
    while at < len(archived):
        size, shift = 0, 0
        while True:
            byte = archived[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        size = (size >> 1) ^ -(size & 1)
        texts.append(archived[at:at + size].decode())
        at += size
    return (kind, *texts)
