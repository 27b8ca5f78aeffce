"""Real receivers of what Noodstop exports, on loopback: Prometheus, VictoriaMetrics, Alertmanager, and a web server of
our own that others fetch from or post to. Each lives in a folder of its own and is ended by its process id."""

import contextlib
import http.client
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import urllib.parse

from harness import CannotBeTried, PATIENCE, wait_for


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def call(port, method, path, body=None, headers=None, context=None):
    """(status, headers, body) of one request; with a context over TLS."""
    connection = (http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context) if context else
                  http.client.HTTPConnection("127.0.0.1", port, timeout=30))
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


class Server:
    """A program that listens on a port of its own, with its files in a folder of its own."""

    program = ""
    ready_path = "/-/ready"
    context = None  # of TLS, where it is spoken to that way

    def __init__(self):
        self.path = shutil.which(self.program)
        if self.path is None:
            raise CannotBeTried(f"{self.program} is not installed")
        self.folder = tempfile.mkdtemp(prefix="noodstop-receiver-")
        self.port = free_port()
        self.process = None

    def arguments(self):
        raise NotImplementedError

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen([self.path, *self.arguments()], stdout=log, stderr=log, cwd=self.folder)
        assert wait_for(self.is_ready, PATIENCE, 0.05), f"{self.program} does not come up:\n" + self.log()
        return self

    def is_ready(self):
        assert self.process.poll() is None, f"{self.program} has ended:\n" + self.log()
        try:
            return self.call("GET", self.ready_path)[0] == 200
        except OSError:
            return False

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
            return log.read()[-3000:]

    def call(self, method, path, body=None, headers=None):
        return call(self.port, method, path, body, headers, self.context)

    def json(self, path, **query):
        status, _, body = self.call("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))
        assert status == 200, f"{path}: {status} {body[:500]!r}"
        return json.loads(body)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Prometheus(Server):
    program = "prometheus"
    write_path = "/api/v1/write"

    def __init__(self, scrapes=()):
        super().__init__()
        self.scrapes = scrapes

    def arguments(self):
        jobs = [{"job_name": name, "scrape_interval": "1s", "scrape_timeout": "1s",
                 "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]} for name, port in self.scrapes]
        config = self.write("prometheus.yml", json.dumps({"scrape_configs": jobs}))  # JSON is YAML too
        return [f"--config.file={config}", f"--storage.tsdb.path={self.folder}/data",
                f"--web.listen-address=127.0.0.1:{self.port}", "--web.enable-remote-write-receiver"]

    def values(self, query, at):
        """{labels: value as text} at a time in seconds, without the labels of the sender."""
        answer = self.json("/api/v1/query", query=query, time=f"{at:.3f}")
        return {key_of(series["metric"]): series["value"][1] for series in answer["data"]["result"]}


class VictoriaMetrics(Prometheus):
    program = "victoria-metrics"
    ready_path = "/health"

    def arguments(self):
        return [f"-storageDataPath={self.folder}/data", f"-httpListenAddr=127.0.0.1:{self.port}",
                "-search.latencyOffset=0s", "-retentionPeriod=1"]

    def values(self, query, at):
        self.call("GET", "/internal/force_flush")
        return super().values(query, at)


class Certificates:
    """An authority of its own (tools/certs) in a folder that every user may enter: a certificate for servers of this
    machine, and one for an agent whose key the user of the doors process owns."""

    DOORS_USER = 65534  # nobody

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="noodstop-certificates-")
        os.chmod(self.folder, 0o755)
        self.run("ca", self.folder)
        self.run("make", self.folder, "server", "--dns", "localhost", "--ip", "127.0.0.1")
        self.run("make", self.folder, "agent", "--role", "agent/test")
        os.chown(self.path("agent.key"), self.DOORS_USER, -1)

    @staticmethod
    def run(*arguments):
        subprocess.run(["tools/certs", *arguments], check=True, capture_output=True, timeout=60)

    def path(self, name):
        return os.path.join(self.folder, name)

    def context(self):
        """Of a client with the agent's certificate."""
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        context.load_cert_chain(self.path("agent.pem"), self.path("agent.key"))
        return context

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)


class PrometheusOverTls(Prometheus):
    """Lets nobody in without a certificate of the authority."""

    def __init__(self, certificates):
        super().__init__()
        self.certificates = certificates
        self.context = certificates.context()

    def arguments(self):
        web = {"tls_server_config": {
            "cert_file": self.certificates.path("server.pem"), "key_file": self.certificates.path("server.key"),
            "client_auth_type": "RequireAndVerifyClientCert", "client_ca_file": self.certificates.path("ca.pem")}}
        return [*super().arguments(), "--web.config.file=" + self.write("web.yml", json.dumps(web))]


class VictoriaMetricsOverTls(VictoriaMetrics):
    def __init__(self, certificates):
        super().__init__()
        self.certificates = certificates
        self.context = certificates.context()

    def arguments(self):
        return [*super().arguments(), "-tls", "-tlsCertFile=" + self.certificates.path("server.pem"),
                "-tlsKeyFile=" + self.certificates.path("server.key")]


class Alertmanager(Server):
    program = "prometheus-alertmanager"

    def __init__(self, webhook_port):
        super().__init__()
        self.webhook_port = webhook_port

    def arguments(self):
        hook = {"url": f"http://127.0.0.1:{self.webhook_port}/", "send_resolved": True}
        config = self.write("alertmanager.yml", json.dumps({
            "route": {"receiver": "test", "group_by": ["..."], "group_wait": "1ms", "group_interval": "100ms"},
            "receivers": [{"name": "test", "webhook_configs": [hook]}]}))
        return [f"--config.file={config}", f"--storage.path={self.folder}/data", "--cluster.listen-address=",
                f"--web.listen-address=127.0.0.1:{self.port}"]


def key_of(labels):
    """Labels as a key of dictionaries. Whose job and instance it is, is the sender's."""
    kept = {("name" if name == "__name__" else name): value for name, value in labels.items()
            if name not in ("job", "instance")}
    return frozenset(kept.items())


class WebServer:
    """Answers GET by `page(accept)`, which gives (content type, text), and keeps what is posted."""

    def __init__(self, page=None):
        self.posted = []
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                content_type, text = page(self.headers.get("Accept", ""))
                self.send_response(200)
                self.send_header("Content-Type", content_type)
                self.end_headers()
                with contextlib.suppress(ConnectionError):  # who asked may have lost patience
                    self.wfile.write(text.encode())

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                owner.posted.append((self.path, dict(self.headers), body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))

    def call(self, method, path, body=None, headers=None):
        return call(self.port, method, path, body, headers)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
