"""A real noodstopd with two tenants and a remote port, certificates of every kind, and stock clients that know what is
served by reflection alone: python3-grpcio and `buf curl`."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

from harness import Site, wait_for

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NOBODY = 65534
SECONDS_MAX = 30
STATUS = "noodstop.v1.StatusService"
CONTROL = "noodstop.v1.ControlService"
REFLECTION_PROTO = os.path.join("grpc", "reflection", "v1", "reflection.proto")
ROLES = {"operator": "operator", "acme": "owner/acme", "globex": "owner/globex", "hub": "hub/h1", "agent": "agent/a1"}

SECOND_TENANT = """
[providers.pit]
kind = "cgroup"
root = "{root}/pit"
price_list = "own"
poll_interval = "100ms"

[tenants.globex]
currency = "EUR"

[zones.quarry]
tenant = "globex"
providers = ["pit"]
mode = "armed"

[limits.quarry-daily]
kind = "spend"
zone = "quarry"
window = "24h"
stop = "1000"

[mandates.others]
owner = "the test"
scope = ["quarry"]
valid_from = 2020-01-01
valid_until = 2090-01-01
grants = [{{ provider = "pit", levers = ["shut_down", "power_off"] }}]
"""
REMOTE = """
[remote]
address = "127.0.0.1"
port = {port}
certificate = "{keys}/own.pem"
key = "{keys}/own.key"
authorities = "{keys}/ca.pem"
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Certificates:
    """Made by tools/certs: FOLDER/NAME.pem and NAME.key, each also with OTHER's authority in FOLDER/other."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="noodstop-certs-")
        self.certs("ca", self.folder)
        self.certs("ca", os.path.join(self.folder, "other"))
        for name in ("first", "second"):
            self.make(name, "--ip", "127.0.0.1")
        for name, role in ROLES.items():
            self.make(name, "--role", role)
        self.make("no_role")
        self.make("expired", "--role", "operator", "--expired")
        self.certs("make", os.path.join(self.folder, "other"), "operator", "--role", "operator")

    def make(self, name, *arguments):
        self.certs("make", self.folder, name, *arguments)

    @staticmethod
    def certs(*arguments):
        subprocess.run([os.path.join(REPOSITORY, "tools", "certs"), *arguments], check=True, stdout=subprocess.DEVNULL)

    def path(self, name, ending):
        return os.path.join(self.folder, name + ending)

    def read(self, name, ending):
        with open(self.path(name, ending), "rb") as file:
            return file.read()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class RemoteSite(Site):
    """Tenant acme has zone dev with control groups below load, tenant globex has zone quarry with those below pit."""

    certificates = None  # shared by all

    def __init__(self, binary, with_remote=True):
        RemoteSite.certificates = RemoteSite.certificates or Certificates()
        self.port = free_port()
        self.with_remote = with_remote
        self.keys = tempfile.mkdtemp(prefix="noodstop-keys-")
        os.chmod(self.keys, 0o755)
        self.put_credentials("first")
        super().__init__(binary, stop="1000")
        self.pit = self.group("pit/job")

    def __exit__(self, *problem):
        super().__exit__(*problem)
        shutil.rmtree(self.keys, ignore_errors=True)

    def write_config(self, more="", **settings):
        own = SECOND_TENANT.format(root=self.root)
        if self.with_remote:
            own += REMOTE.format(port=self.port, keys=self.keys)
        # What doors reports comes into the journal with the next checkpoint.
        super().write_config(more=own + more, agent='checkpoint_interval = "1s"', **settings)

    def put_credentials(self, name):
        """Exchanges the files one by one, as whoever renews them does. Only the user of doors can read the key."""
        for source, target, owner, mode in ((self.certificates.path(name, ".key"), "own.key", NOBODY, 0o400),
                                            (self.certificates.path(name, ".pem"), "own.pem", 0, 0o644),
                                            (self.certificates.path("ca", ".pem"), "ca.pem", 0, 0o644)):
            made = os.path.join(self.keys, target + ".new")
            shutil.copy(source, made)
            os.chown(made, owner, owner)
            os.chmod(made, mode)
            os.rename(made, os.path.join(self.keys, target))

    def start(self):
        self.start_daemon()
        assert wait_for(self.is_served, SECONDS_MAX), "the remote port does not answer:\n" + self.log_text()
        return self

    def is_served(self):
        try:
            return bool(self.own_certificate())
        except OSError:
            return False

    def own_certificate(self):
        """What the port shows to whoever connects now (DER)."""
        context = ssl.create_default_context(cafile=self.certificates.path("ca", ".pem"))
        context.load_cert_chain(self.certificates.path("operator", ".pem"), self.certificates.path("operator", ".key"))
        with socket.create_connection(("127.0.0.1", self.port), SECONDS_MAX) as plain:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as stream:
                return stream.getpeercert(binary_form=True)

    def client(self, name, authority="ca"):
        return Client(self, name, authority)

    def journal(self, kind):
        """Facts of this kind as the CLI shows them, over the unix socket."""
        done = self.ask("journal", "--json", "--most", "10000")
        assert done, "noodstop is not built"
        facts = [json.loads(line) for line in done.stdout.splitlines()]
        return [fact for fact in facts if fact["kind"] == kind]

    def refusal(self, seconds=SECONDS_MAX, **wanted):
        """The fields of the first fact call_refused whose fields contain these."""
        def found():
            for fact in self.journal("call_refused"):
                fields = fields_of(fact)
                if all(part in fields.get(name, "") for name, part in wanted.items()):
                    return fields
            return None
        fields = wait_for(found, seconds, 0.2)
        assert fields, f"no fact call_refused with {wanted}: {self.journal('call_refused')}"
        return fields

    def buf_curl(self, packages, role, protocol, method, data):
        """`buf curl`, which asks by reflection what there is."""
        path = self.certificates.path
        return subprocess.run(
            [os.path.join(packages, "node_modules", ".bin", "buf"), "curl", "--protocol", protocol,
             "--cacert", path("ca", ".pem"), "--cert", path(role, ".pem"), "--key", path(role, ".key"),
             "-d", data, f"https://127.0.0.1:{self.port}/{method}"],
            capture_output=True, text=True, timeout=60, check=False)


def fields_of(fact):
    fields = fact["fields"]
    return fields if isinstance(fields, dict) else {field["name"]: field["value"] for field in fields}


class Reflected:
    """Message classes of what a server says that it serves."""

    def __init__(self, channel):
        self.own = descriptor_pool.DescriptorPool()
        self.pool = descriptor_pool.DescriptorPool()
        self.load_question()
        self.ask = channel.stream_stream(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            lambda message: message.SerializeToString(), self.answer_type.FromString)
        self.known = set()

    def load_question(self):
        """The messages of reflection itself, which every client knows."""
        with tempfile.NamedTemporaryFile() as file:
            subprocess.run(["protoc", "-I" + os.path.join(REPOSITORY, "proto"), "--descriptor_set_out=" + file.name,
                            REFLECTION_PROTO], check=True)
            for proto in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
                self.own.Add(proto)
        factory = message_factory.MessageFactory(self.own)
        self.question_type = factory.GetPrototype(
            self.own.FindMessageTypeByName("grpc.reflection.v1.ServerReflectionRequest"))
        self.answer_type = factory.GetPrototype(
            self.own.FindMessageTypeByName("grpc.reflection.v1.ServerReflectionResponse"))

    def files(self, **question):
        [answer] = self.ask(iter([self.question_type(**question)]), timeout=SECONDS_MAX)
        return [descriptor_pb2.FileDescriptorProto.FromString(one)
                for one in answer.file_descriptor_response.file_descriptor_proto]

    def services(self):
        [answer] = self.ask(iter([self.question_type(list_services="*")]), timeout=SECONDS_MAX)
        return [entry.name for entry in answer.list_services_response.service]

    def add(self, file):
        if file.name in self.known:
            return
        self.known.add(file.name)
        for needed in file.dependency:
            for other in self.files(file_by_filename=needed):
                self.add(other)
        self.pool.Add(file)

    def method(self, service, name):
        for file in self.files(file_containing_symbol=service):
            self.add(file)
        method = self.pool.FindServiceByName(service).FindMethodByName(name)
        factory = message_factory.MessageFactory(self.pool)
        return factory.GetPrototype(method.input_type), factory.GetPrototype(method.output_type)


class Client:
    """python3-grpcio with a certificate."""

    types = {}  # by method, learned from the first who may ask

    def __init__(self, site, name, authority="ca"):
        certificates = site.certificates
        own = {"private_key": certificates.read(name, ".key"),
               "certificate_chain": certificates.read(name, ".pem")} if name else {}
        credentials = grpc.ssl_channel_credentials(certificates.read(authority, ".pem"), **own)
        self.site = site
        self.channel = grpc.secure_channel(f"127.0.0.1:{site.port}", credentials)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()

    def types_of(self, service, method):
        if (service, method) not in self.types:
            with Client(self.site, "operator") as asking:
                self.types[service, method] = Reflected(asking.channel).method(service, method)
        return self.types[service, method]

    def call(self, service, method, seconds=SECONDS_MAX, **fields):
        request, answer = self.types_of(service, method)
        one = self.channel.unary_unary(f"/{service}/{method}", request.SerializeToString, answer.FromString)
        return plain(one(request(**fields), timeout=seconds))

    def watch(self, service, method, seconds=SECONDS_MAX, **fields):
        request, answer = self.types_of(service, method)
        one = self.channel.unary_stream(f"/{service}/{method}", request.SerializeToString, answer.FromString)
        return one(request(**fields), timeout=seconds)

    def code(self, service, method, **fields):
        """The name of the status code with which the call fails, or OK."""
        try:
            self.call(service, method, **fields)
            return "OK"
        except grpc.RpcError as error:
            return error.code().name


def plain(message):
    return json_format.MessageToDict(message, preserving_proto_field_name=True)
