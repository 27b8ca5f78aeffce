"""What the tests by stock clients share: the test server as a process, npm packages in the build folder, polling."""
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
PROTO_FOLDER = os.path.join(REPOSITORY, "proto")
GRPC_PROTOS = ("grpc/health/v1/health.proto", "grpc/reflection/v1/reflection.proto",
               "grpc/reflection/v1alpha/reflection.proto")
JUDGES_FOLDER = os.path.join(REPOSITORY, "build", "rpc-judges")
NPM_SECONDS_MAX = 240
NO_REGISTRY = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT")
SKIPPED = 77


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(SKIPPED)


def soon(condition, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


class Server:
    """The test server. It ends with its input, so also when this process dies."""

    def __init__(self, binaries):
        self.folder = tempfile.mkdtemp(prefix="noodstop-rpc-")
        program = os.path.join(binaries, "rpc_test_server")
        self.process = subprocess.Popen([program, os.path.join(self.folder, "s.sock")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line, f"{program} did not start"
        told = json.loads(line)
        self.port, self.socket = told["port"], told["socket"]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate(timeout=20)
        shutil.rmtree(self.folder, ignore_errors=True)
        assert self.process.returncode == 0, f"the server ended with {self.process.returncode}"


def newer_protos(folder):
    """A copy of the protos as of a version to come, with a method and a service that the server does not have."""
    target = os.path.join(folder, "echo", "v1")
    os.makedirs(target)
    with open(os.path.join(HERE, "proto", "echo", "v1", "echo.proto"), encoding="utf-8") as file:
        text = file.read()
    newer = "  rpc Newer(EchoRequest) returns (EchoResponse);\n"
    text = text.replace("service EchoService {\n", "service EchoService {\n" + newer)
    text += "\nservice NewerService {\n" + newer + "}\n"
    with open(os.path.join(target, "echo.proto"), "w", encoding="utf-8") as file:
        file.write(text)
    return folder


def install_npm_packages():
    """Where the packages of tests/rpc/node are; they go into the build folder, by the lock file's versions."""
    if shutil.which("npm") is None:
        skip("npm is not here, so the judges can't be installed")
    os.makedirs(os.path.dirname(JUDGES_FOLDER), exist_ok=True)
    with open(JUDGES_FOLDER + ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two tests may want them at once
        return install_into_judges_folder()


def install_into_judges_folder():
    source = os.path.join(HERE, "node")
    lock = os.path.join(JUDGES_FOLDER, "package-lock.json")
    done = os.path.join(JUDGES_FOLDER, "installed")
    with open(os.path.join(source, "package-lock.json"), encoding="utf-8") as file:
        wanted = file.read()
    if os.path.exists(done):
        with open(lock, encoding="utf-8") as file:
            if file.read() == wanted:
                return JUDGES_FOLDER
    shutil.rmtree(JUDGES_FOLDER, ignore_errors=True)
    os.makedirs(JUDGES_FOLDER)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(source, name), JUDGES_FOLDER)
    # `npm ci` of npm 11 wants the packages of all systems in the lock file; this keeps to its versions as well.
    result = subprocess.run(["npm", "install", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund"],
                            cwd=JUDGES_FOLDER, capture_output=True, text=True, timeout=NPM_SECONDS_MAX, check=False)
    if result.returncode != 0:
        if NO_REGISTRY.search(result.stdout + result.stderr):
            skip("no way to npm's registry: " + (result.stderr.strip().split("\n") or [""])[-1])
        print(result.stdout + result.stderr)
        sys.exit("npm could not install the judges")
    with open(done, "w", encoding="utf-8"):
        pass
    return JUDGES_FOLDER
