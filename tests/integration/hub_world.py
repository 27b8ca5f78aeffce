"""A real noodstop-hub with certificates of tools/certs, and stock gRPC clients that learn its messages by reflection.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from harness import PATIENCE, skip, wait_for
from receivers import free_port

os.environ.setdefault("GRPC_VERBOSITY", "NONE")
try:
    import grpc
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
except ImportError:  # another python than Debian's, perhaps
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    skip("python3-grpcio is not here")

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CERTS = os.path.join(REPOSITORY, "tools", "certs")
PROTOS = os.path.join(REPOSITORY, "proto")
REFLECTION = "grpc/reflection/v1/reflection.proto"
CALL_SECONDS_MAX = 30
CURRENCY, TENANT = "EUR", "acme"


class Authority:
    """A small CA in a folder of its own; certificates are made when they are first asked for."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="noodstop-hub-")
        self.made = set()
        self.run("ca", os.path.join(self.folder, "ca"))

    def run(self, *arguments):
        subprocess.run([CERTS, *arguments], check=True, capture_output=True, text=True)

    @property
    def authorities(self):
        return os.path.join(self.folder, "ca", "ca.pem")

    def files(self, name, *options):
        """(certificate, key) of this name."""
        if name not in self.made:
            self.run("make", os.path.join(self.folder, "ca"), name, *options)
            self.made.add(name)
        return tuple(os.path.join(self.folder, "ca", f"{name}.{end}") for end in ("pem", "key"))

    def operator(self):
        return self.files("operator", "--role", "operator")

    def agent(self, name):
        return self.files(f"agent-{name}", "--role", f"agent/{name}")

    def server(self, name="hub"):
        return self.files(name, "--ip", "127.0.0.1", "--dns", "localhost")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)


class Hub:
    """The program, with its store beside the certificates."""

    def __init__(self, binaries, authority, store=None, **options):
        self.program = os.path.join(binaries, "noodstop-hub")
        self.authority = authority
        self.port = free_port()
        self.store = store or os.path.join(authority.folder, "hub.db")
        self.log_path = os.path.join(authority.folder, "hub.log")
        self.options = {"missing-after": ["1h"], **options}
        self.process = None

    def arguments(self):
        certificate, key = self.authority.server()
        wanted = {"listen": [f"127.0.0.1:{self.port}"], "store": [self.store], "certificate": [certificate],
                  "key": [key], "authorities": [self.authority.authorities], **self.options}
        return [word for name, values in wanted.items() for value in values for word in (f"--{name}", value)]

    def start(self):
        with open(self.log_path, "ab") as log:
            begin = log.tell()
            self.process = subprocess.Popen([self.program, *self.arguments()], stdout=log, stderr=log)
        assert wait_for(lambda: self.has_begun(begin), PATIENCE), "the hub does not come up:\n" + self.log()
        return self

    def has_begun(self, begin):
        assert self.process.poll() is None, "the hub has ended:\n" + self.log()
        return "listens on" in self.log(begin)

    def log(self, begin=0):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            log.seek(begin)
            return log.read()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        assert code == 0, f"the hub ended with {code}:\n" + self.log()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()


class Messages:
    """Message classes by name, of a pool that is filled from descriptors."""

    def __init__(self, files):
        self.pool = descriptor_pool.DescriptorPool()
        for file in files:
            self.pool.Add(file)
        self.factory = message_factory.MessageFactory(self.pool)

    def __call__(self, name):
        return self.factory.GetPrototype(self.pool.FindMessageTypeByName(name))


def reflection_messages(folder):
    path = os.path.join(folder, "reflection.bin")
    subprocess.run(["protoc", f"-I{PROTOS}", f"--descriptor_set_out={path}", REFLECTION], check=True)
    with open(path, "rb") as file:
        return Messages(descriptor_pb2.FileDescriptorSet.FromString(file.read()).file)


class Client:
    """A channel of grpcio with a certificate."""

    def __init__(self, hub, files, authorities=None):
        def read(path):
            with open(path, "rb") as file:
                return file.read()
        key, chain = (read(files[1]), read(files[0])) if files else (None, None)
        root = read(authorities or hub.authority.authorities)
        self.channel = grpc.secure_channel(f"localhost:{hub.port}", grpc.ssl_channel_credentials(root, key, chain))

    def call(self, path, request, answer_class, seconds=CALL_SECONDS_MAX):
        method = self.channel.unary_unary(path, request_serializer=lambda message: message.SerializeToString(),
                                          response_deserializer=answer_class.FromString)
        return method(request, timeout=seconds)

    def stream(self, path, request, answer_class, seconds=CALL_SECONDS_MAX):
        method = self.channel.unary_stream(path, request_serializer=lambda message: message.SerializeToString(),
                                           response_deserializer=answer_class.FromString)
        return method(request, timeout=seconds)

    def converse(self, path, requests, answer_class):
        method = self.channel.stream_stream(path, request_serializer=lambda message: message.SerializeToString(),
                                            response_deserializer=answer_class.FromString)
        return method(iter(requests), timeout=CALL_SECONDS_MAX)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()


def messages_of(hub):
    """What the hub itself says its messages look like."""
    given = reflection_messages(hub.authority.folder)
    question = given("grpc.reflection.v1.ServerReflectionRequest")
    services = ("noodstop.v1.HubService", "noodstop.v1.UplinkService")
    files = {}
    with Client(hub, hub.authority.operator()) as client:
        answers = client.converse("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                                  [question(file_containing_symbol=name) for name in services],
                                  given("grpc.reflection.v1.ServerReflectionResponse"))
        for answer in answers:
            for data in answer.file_descriptor_response.file_descriptor_proto:
                file = descriptor_pb2.FileDescriptorProto.FromString(data)
                files[file.name] = file
    return Messages(in_order(files))


def in_order(files):
    """Each file after those that it needs."""
    done = {}

    def add(file):
        if file.name not in done:
            for name in file.dependency:
                add(files[name])
            done[file.name] = file
    for file in files.values():
        add(file)
    return list(done.values())


def code_of(call, *arguments, **named):
    """The name of the gRPC code with which a call ends."""
    try:
        answer = call(*arguments, **named)
        if hasattr(answer, "__next__"):
            list(answer)
    except grpc.RpcError as error:
        return error.code().name
    return "OK"


class Reader:
    """Reads the fleet."""

    def __init__(self, hub, messages, files=None):
        self.messages = messages
        self.client = Client(hub, files or hub.authority.operator())

    def agents(self):
        answer = self.client.call("/noodstop.v1.HubService/ListAgents",
                                  self.messages("noodstop.v1.ListAgentsRequest")(),
                                  self.messages("noodstop.v1.ListAgentsResponse"))
        return {agent.id: agent for agent in answer.agents}

    def agent(self, name):
        return self.client.call("/noodstop.v1.HubService/GetAgent",
                                self.messages("noodstop.v1.GetAgentRequest")(id=name),
                                self.messages("noodstop.v1.GetAgentResponse"))

    def watch(self, seconds=CALL_SECONDS_MAX):
        return self.client.stream("/noodstop.v1.HubService/WatchAgents",
                                  self.messages("noodstop.v1.WatchAgentsRequest")(),
                                  self.messages("noodstop.v1.WatchAgentsResponse"), seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.channel.close()


class Agent:
    """Pushes facts and totals as an agent does, by a stock client."""

    def __init__(self, hub, messages, name, files=None):
        self.hub, self.messages, self.name = hub, messages, name
        self.files = files or hub.authority.agent(name)
        self.client = Client(hub, self.files)
        self.epoch = random.getrandbits(62)
        self.fact = 0
        self.sample = 0
        self.line = random.getrandbits(62)

    def request(self, kinds=(), spent=None, zones=None):
        """The next push: facts of these kinds about zone dev, what the zone has cost, and a status."""
        request = self.messages("noodstop.v1.PushRequest")(agent=self.name)
        enum = self.messages.pool.FindEnumTypeByName("noodstop.v1.FactKind").values_by_name
        if kinds:
            self.begin_run(request.facts, self.fact)
            for kind in kinds:
                self.fact += 1
                request.facts.facts.add(sequence=self.fact, kind=enum[f"FACT_KIND_{kind.upper()}"].number,
                                        tenant=TENANT, wall_unix_micros=int(time.time() * 1e6), zone="dev")
            request.facts.last = self.fact
        if spent is not None:
            self.begin_run(request.samples, self.sample)
            if self.sample == 0:
                request.samples.line = self.line
            self.sample += 1
            sample = request.samples.samples.add(sequence=self.sample, wall_unix_micros=int(time.time() * 1e6))
            sample.counters.add(kind=1, tenant=TENANT, zone="dev", currency=CURRENCY, value_micros=spent)
            request.samples.last = self.sample
        for field, sequence in (("newest_fact", self.fact), ("newest_sample", self.sample)):
            if sequence:
                getattr(request, field).epoch = self.epoch
                getattr(request, field).sequence = sequence
        if zones is not None:
            self.add_status(request.status, zones)
        return request

    def begin_run(self, run, after):
        run.epoch = self.epoch
        if after:
            run.after.epoch, run.after.sequence = self.epoch, after

    def add_status(self, status, zones):
        """`zones`: {name: (tenant, state, rate)}"""
        status.agent, status.durable = self.name, True
        status.wall_unix_micros = int(time.time() * 1e6)
        states = self.messages.pool.FindEnumTypeByName("noodstop.v1.BreakerState").values_by_name
        for name, (tenant, state, rate) in zones.items():
            status.zones.add(name=name, tenant=tenant, currency=CURRENCY, rate_micros_per_hour=rate,
                             since_unix_micros=int(time.time() * 1e6),
                             state=states[f"BREAKER_STATE_{state.upper()}"].number)

    def send(self, request, seconds=CALL_SECONDS_MAX):
        return self.client.call("/noodstop.v1.UplinkService/Push", request,
                                self.messages("noodstop.v1.PushResponse"), seconds)

    def push(self, kinds=(), spent=None, zones=None):
        return self.send(self.request(kinds, spent, zones))

    def reconnect(self):
        """A channel of its own kind waits longer and longer after failures."""
        self.client.channel.close()
        self.client = Client(self.hub, self.files)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.channel.close()
