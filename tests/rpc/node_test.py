#!/usr/bin/env python3
"""@grpc/grpc-js and @connectrpc/connect-node as judges: installs them into the build folder, starts the test server and
runs tests/rpc/node. usage: node_test.py --bin FOLDER"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from judges import HERE, Server, install_npm_packages, newer_protos, skip

FILES = ("grpc_js.test.mjs", "connect_node.test.mjs")
SECONDS_MAX = 240
NODE_MAJOR_MIN = 20


def node():
    program = shutil.which("node")
    if program is None:
        skip("node is not here")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.lstrip("v").split(".")[0]) < NODE_MAJOR_MIN:
        skip(f"node is {version.strip()}, and the judges want {NODE_MAJOR_MIN}")
    return program


def run(program, packages, file, server, protos):
    descriptors = os.path.join(protos, "descriptors.bin")
    subprocess.run(["protoc", f"-I{protos}", "--include_imports", f"--descriptor_set_out={descriptors}",
                    "echo/v1/echo.proto"], check=True)
    shutil.copy(os.path.join(HERE, "node", file), packages)  # node looks for packages beside the file
    environment = {**os.environ, "NOODSTOP_RPC_PORT": str(server.port), "NOODSTOP_RPC_SOCKET": server.socket,
                   "NOODSTOP_RPC_PROTOS": protos, "NOODSTOP_RPC_DESCRIPTORS": descriptors}
    return subprocess.run([program, "--test-reporter=spec", file], cwd=packages, env=environment,
                          timeout=SECONDS_MAX, check=False).returncode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    binaries = parser.parse_args().bin
    program, packages = node(), install_npm_packages()
    codes = []
    with tempfile.TemporaryDirectory() as protos:
        newer_protos(protos)
        for file in FILES:
            with Server(binaries) as server:
                codes.append(run(program, packages, file, server, protos))
    sys.exit(1 if any(codes) else 0)


if __name__ == "__main__":
    main()
