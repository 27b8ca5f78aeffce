"""The include table of DESIGN.md 9 as data, and its check: include paths can't isolate folders, so this does."""
import re
from dataclasses import dataclass, field

from sources import Finding, line_of, without_comments

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(<[^>\n]+>|"[^"\n]+")', re.MULTILINE)

# Libraries by the begin of their header names. Whatever matches none is POSIX or Linux if it ends in .h or has a
# system folder, else the standard library.
LIBRARIES = {
    "boost": ("boost/",),
    "fmt": ("fmt/",),
    "spdlog": ("spdlog/",),
    "sqlite": ("sqlite3",),
    "toml++": ("toml++/", "toml.hpp"),
    "CLI11": ("CLI/",),
    "date": ("date/",),
    "protobuf": ("google/protobuf/",),
    "generated": ("noodstop/v1/", "grpc/health/", "grpc/reflection/"),
    "foreign": ("noodstop/foreign/v1/",),
    "snappy": ("snappy",),
    "mbedtls": ("mbedtls/", "psa/"),
    "nghttp2": ("nghttp2/",),
    "zlib": ("zlib.h",),
    "grpc": ("grpcpp/",),
    "openssl": ("openssl/",),
    "doctest": ("doctest/",),
}


# The cycle and the parts that it is made of.
CYCLE = tuple(f"agent/run/{name}.hpp" for name in ("cycle", "action", "batch_keeper", "input_queue", "look_schedule"))


@dataclass(frozen=True)
class Room:
    """Files whose path matches `files` may include project headers and libraries as listed."""

    files: str
    project: tuple
    libraries: tuple
    reason: str
    pattern: re.Pattern = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "pattern", re.compile(self.files))


# The first room that matches a file rules it.
ROOMS = (
    Room(r"agent/core/", ("agent/core/",), ("std",), "the core decides and does nothing: the standard library only"),
    Room(r"agent/evidence/", ("agent/evidence/", "platform/crypto/"), ("std",),
         "evidence is verified by the CLI and the hub too: a pure library and the interface of platform/crypto"),
    Room(r"agent/run/(cycle|action|batch_keeper|input_queue|look_schedule)\b", ("agent/core/", *CYCLE), ("std",),
         "the simulation runs the cycle as it is: core and the standard library only"),
    Room(r"agent/doors/[a-z_]*session", ("agent/core/", "agent/doors/"), ("std",),
         "sessions are sans-io: core and the standard library only"),
    Room(r"agent/journal/", ("agent/core/", "agent/journal/", "platform/"), ("std", "posix", "fmt"),
         "the store knows core and platform, not its neighbours"),
    Room(r"agent/config/", ("agent/core/", "agent/config/", "platform/"), ("std", "posix", "toml++", "fmt"),
         "configuration knows core, toml++ and platform, not its neighbours"),
    Room(r"agent/providers/(?P<own>[a-z_]+)/",
         ("agent/core/", "agent/providers/{own}/", "agent/providers/local.hpp", "platform/"),
         ("std", "posix", "fmt"), "a provider knows core and platform, not other providers or its neighbours"),
    Room(r"agent/providers/local\.[ch]pp", ("agent/core/", "agent/providers/local.hpp", "platform/"),
         ("std", "posix", "fmt"), "what local providers share knows none of them"),
    Room(r"agent/doors/exporters/(otlp_wire|[a-z_]*_codec)\b",
         ("agent/core/", "agent/doors/exporters/", "proto/codec/", "platform/http/http.hpp", "platform/result.hpp"),
         ("std", "foreign"), "the codecs of exporters are the only ones to see the types of other protocols"),
    Room(r"agent/doors/exporters/",
         ("agent/core/", "agent/doors/exporters/", "proto/codec/text.hpp", "platform/http/http.hpp",
          "platform/http/retry.hpp", "platform/gzip/", "platform/snappy/", "platform/result.hpp"), ("std",),
         "exporters are pure or sans-io: plain values in and out"),
    Room(r"agent/doors/", ("agent/core/", "agent/doors/", "proto/codec/", "proto/descriptors/", "platform/"),
         ("std", "posix", "boost", "fmt", "generated"), "the doors know core, the codec and platform"),
    Room(r"agent/main\.cpp", ("agent/", "platform/", "proto/codec/"),
         ("std", "posix", "boost", "fmt", "spdlog", "CLI11"), "wiring only"),
    Room(r"agent/run/", ("agent/", "platform/", "proto/codec/"), ("std", "posix", "boost", "fmt", "spdlog"),
         "the loop wires everything of agent and platform"),
    Room(r"proto/codec/", ("agent/core/", "proto/codec/"), ("std", "fmt", "protobuf", "generated"),
         "the codec turns wire types into ours and knows nothing else"),
    Room(r"proto/descriptors/", ("proto/descriptors/",), ("std",), "descriptors are bytes, and nothing else"),
    Room(r"platform/gzip/", ("platform/",), ("std", "zlib"), "platform knows nothing of agent; only gzip knows zlib"),
    Room(r"platform/(tls|crypto)/", ("platform/",), ("std", "posix", "boost", "fmt", "mbedtls"),
         "platform knows nothing of agent; only tls and crypto know mbedTLS"),
    Room(r"platform/rpc/", ("platform/",), ("std", "posix", "boost", "fmt", "nghttp2"),
         "platform knows nothing of agent; only rpc knows nghttp2"),
    Room(r"platform/gzip/", ("platform/",), ("std", "zlib"), "platform knows nothing of agent; only gzip knows zlib"),
    Room(r"platform/snappy/", ("platform/",), ("std", "snappy"),
         "platform knows nothing of agent; only snappy knows snappy"),
    Room(r"platform/sqlite/", ("platform/",), ("std", "posix", "sqlite", "fmt"),
         "platform knows nothing of agent; only sqlite knows SQLite"),
    Room(r"platform/", ("platform/",), ("std", "posix", "boost", "fmt", "date"), "platform knows nothing of agent"),
    Room(r"tools/cli/", ("tools/cli/", "proto/codec/", "agent/core/", "agent/evidence/", "agent/config/load.hpp",
                         "platform/"), ("std", "posix", "boost", "fmt", "CLI11", "generated"),
         "the CLI talks to the agent over its socket; `config check` alone works without an agent"),
    Room(r"tools/(?P<own>[a-z_]+)/", ("tools/{own}/", "proto/codec/", "proto/descriptors/", "agent/core/",
                                      "agent/evidence/", "platform/"),
         ("std", "posix", "boost", "fmt", "spdlog", "CLI11", "generated"),
         "programs beside the agent know its types, its wire format and platform"),
    Room(r"tests/", ("agent/", "platform/", "proto/", "tools/", "tests/"), ("std", "posix", *LIBRARIES),
         "tests may include everything"),
)

# C headers that belong to the standard library all the same.
POSIX_NAMES = {"fcntl.h", "unistd.h", "poll.h", "signal.h", "pwd.h", "grp.h", "sched.h", "dirent.h", "sysexits.h",
               "syslog.h", "termios.h", "pthread.h", "netdb.h", "spawn.h", "getopt.h", "malloc.h", "dlfcn.h",
               "mntent.h", "langinfo.h", "ucontext.h", "execinfo.h"}
SYSTEM_FOLDERS = ("sys/", "linux/", "netinet/", "arpa/", "net/", "asm/")


def library_of(header):
    for library, beginnings in LIBRARIES.items():
        if header.startswith(beginnings):
            return library
    if header in POSIX_NAMES or header.startswith(SYSTEM_FOLDERS):
        return "posix"
    return "std"


def room_of(file):
    for room in ROOMS:
        match = room.pattern.match(file)
        if match:
            return room, match.groupdict()
    return None, {}


def _refuse(file, line, header, room, allowed):
    return Finding(file, line, f"includes {header}, which this folder may not: {room.reason}.",
                   f"go through {', '.join(allowed)}, or move the code to the folder that owns it (DESIGN.md 9).")


def check_include(tree, file, line, header, room, groups):
    name = header[1:-1]
    allowed = [beginning.format(**groups) for beginning in room.project]
    if header.startswith('"') and library_of(name) not in ("generated", "foreign"):
        if not tree.exists(name):
            return Finding(file, line, f"includes {header}, which is no path from the root of the repository.",
                           "write the whole path, e.g. \"agent/core/units.hpp\".")
        return None if name.startswith(tuple(allowed)) else _refuse(file, line, header, room, allowed)
    return None if library_of(name) in room.libraries else _refuse(file, line, header, room, room.libraries)


def check(tree):
    findings = []
    for file in tree.cpp_files():
        room, groups = room_of(file)
        if room is None:
            findings.append(Finding(file, 1, "lies in no folder of the include table.",
                                    "put it where DESIGN.md 9 has a place for it, or add its room to includes.py."))
            continue
        text = without_comments(tree.text(file))
        for match in INCLUDE.finditer(text):
            finding = check_include(tree, file, line_of(text, match.start()), match.group(1), room, groups)
            if finding:
                findings.append(finding)
    return findings
