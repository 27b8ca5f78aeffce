#!/usr/bin/env python3
"""`buf curl` as a judge: all three protocols, and what is served known by reflection alone.
usage: buf_test.py --bin FOLDER"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import unittest

from judges import Server, install_npm_packages, newer_protos

PROTOCOLS = ("connect", "grpc", "grpcweb")
CODE_SHIFT = 3  # buf's exit code is the call's code, shifted
SECONDS_MAX = 60
ABORTED, UNIMPLEMENTED, RESOURCE_EXHAUSTED, PERMISSION_DENIED = 10, 12, 8, 7

options = argparse.Namespace()


def buf_curl(url, *arguments, data=""):
    command = [options.buf, "curl", *arguments, "-d", data, url]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)


def documents(text):
    decoder, found, at = json.JSONDecoder(), [], 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        document, at = decoder.raw_decode(text, at)
        found.append(document)
    return found


class BufCurl(unittest.TestCase):
    def setUp(self):
        self.server = Server(options.bin)
        self.addCleanup(self.server.__exit__)

    def call(self, method, data, *arguments, protocol="connect"):
        url = f"{self.server.url}/echo.v1.EchoService/{method}"
        return buf_curl(url, "--protocol", protocol, *arguments, data=json.dumps(data))

    def test_a_unary_call_is_answered(self):
        for protocol in PROTOCOLS:
            result = self.call("Echo", {"text": "hello"}, "--http2-prior-knowledge", protocol=protocol)
            self.assertEqual(documents(result.stdout), [{"text": "hello"}], result.stderr)

    def test_a_long_message_travels_compressed_and_whole(self):
        text = "noodstop " * 5000
        for protocol in PROTOCOLS:
            result = self.call("Echo", {"text": text}, "--http2-prior-knowledge", protocol=protocol)
            self.assertEqual(documents(result.stdout), [{"text": text}], result.stderr)

    def test_a_stream_brings_its_messages_in_order(self):
        for protocol in PROTOCOLS:
            result = self.call("Count", {"count": 100}, "--http2-prior-knowledge", protocol=protocol)
            self.assertEqual(documents(result.stdout), [{"number": number} for number in range(1, 101)], result.stderr)

    def test_a_stream_that_fails_brings_what_came_before_and_its_code(self):
        for protocol in PROTOCOLS:
            result = self.call("Count", {"count": 2, "code": ABORTED}, "--http2-prior-knowledge", protocol=protocol)
            self.assertEqual(result.returncode, ABORTED << CODE_SHIFT, result.stderr)
            self.assertEqual(documents(result.stdout), [{"number": 1}, {"number": 2}])
            self.assertEqual(documents(result.stderr)[0]["message"], "as asked")

    def test_every_code_and_its_details_arrive(self):
        for protocol in PROTOCOLS:
            for code in range(1, 17):
                result = self.call("Fail", {"code": code, "message": "100 % über\nall"}, "--http2-prior-knowledge",
                                   protocol=protocol)
                self.assertEqual(result.returncode, code << CODE_SHIFT, result.stderr)
                error = documents(result.stderr)[0]
                self.assertEqual(error["message"], "100 % über\nall")
                self.assertEqual(error["details"][0]["type"], "echo.v1.EchoRequest")

    def test_both_versions_of_reflection_list_what_is_served(self):
        served = ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                  "grpc.reflection.v1alpha.ServerReflection", "echo.v1.EchoService"]
        for version in ("grpc-v1", "grpc-v1alpha"):
            result = subprocess.run([options.buf, "curl", "--list-services", "--reflect-protocol", version,
                                     "--http2-prior-knowledge", self.server.url], capture_output=True, text=True,
                                    timeout=SECONDS_MAX, check=False)
            self.assertEqual(result.stdout.split(), served, result.stderr)

    def test_health_is_told_by_all_protocols(self):
        for protocol in PROTOCOLS:
            result = buf_curl(f"{self.server.url}/grpc.health.v1.Health/Check", "--protocol", protocol,
                              "--http2-prior-knowledge", data='{"service": "echo.v1.EchoService"}')
            self.assertEqual(documents(result.stdout), [{"status": "SERVING"}], result.stderr)
            result = buf_curl(f"{self.server.url}/grpc.health.v1.Health/List", "--protocol", protocol,
                              "--http2-prior-knowledge", data="{}")
            self.assertEqual(documents(result.stdout)[0]["statuses"][""], {"status": "SERVING"}, result.stderr)

    def test_connect_and_grpc_web_work_over_http_1_as_well(self):
        for protocol in ("connect", "grpcweb"):
            result = self.call("Echo", {"text": "old"}, "--schema", options.newer, protocol=protocol)
            self.assertEqual(documents(result.stdout), [{"text": "old"}], result.stderr)
            result = self.call("Count", {"count": 3}, "--schema", options.newer, protocol=protocol)
            self.assertEqual(len(documents(result.stdout)), 3, result.stderr)

    def test_the_unix_socket_speaks_all_of_it_too(self):
        for protocol in PROTOCOLS:
            result = self.call("Echo", {"text": "near"}, "--http2-prior-knowledge", "--unix-socket",
                               self.server.socket, protocol=protocol)
            self.assertEqual(documents(result.stdout), [{"text": "near"}], result.stderr)

    def test_a_method_that_is_not_there_is_unimplemented(self):
        for protocol in PROTOCOLS:
            for version in (("--http2-prior-knowledge",), ()):
                result = self.call("Newer", {}, "--schema", options.newer, *version, protocol=protocol)
                self.assertEqual(result.returncode, UNIMPLEMENTED << CODE_SHIFT, result.stderr)

    def test_a_service_that_is_not_there_is_unimplemented(self):
        for protocol in PROTOCOLS:
            result = buf_curl(f"{self.server.url}/echo.v1.NewerService/Newer", "--protocol", protocol, "--schema",
                              options.newer, data="{}")
            self.assertEqual(result.returncode, UNIMPLEMENTED << CODE_SHIFT, result.stderr)

    def test_a_message_that_is_too_large_exhausts_resources(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"text": "".join(map(str, range(60_000)))}, file)
            file.flush()
            for protocol in PROTOCOLS:
                for version in (("--http2-prior-knowledge",), ("--schema", options.newer)):
                    result = buf_curl(f"{self.server.url}/echo.v1.EchoService/Echo", "--protocol", protocol, *version,
                                      data=f"@{file.name}")
                    self.assertEqual(result.returncode, RESOURCE_EXHAUSTED << CODE_SHIFT, result.stderr)

    def test_who_may_not_call_is_told_so(self):
        for protocol in PROTOCOLS:
            result = self.call("Forbidden", {}, "--http2-prior-knowledge", protocol=protocol)
            self.assertEqual(result.returncode, PERMISSION_DENIED << CODE_SHIFT, result.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.parse_args(namespace=options)
    options.buf = os.path.join(install_npm_packages(), "node_modules", ".bin", "buf")
    with tempfile.TemporaryDirectory() as folder:
        options.newer = newer_protos(folder)
        result = unittest.main(argv=sys.argv[:1], exit=False).result
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
