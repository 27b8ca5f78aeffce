#!/usr/bin/env python3
"""Debian's python3-grpcio as a judge: gRPC over HTTP/2, plain, on loopback and the unix socket.
usage: grpcio_test.py --bin FOLDER"""
import argparse
import importlib
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import unittest

from judges import GRPC_PROTOS, PROTO_FOLDER, Server, newer_protos, skip, soon

try:
    import grpc
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
except ImportError:  # another python than Debian's, perhaps
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    skip("python3-grpcio is not here")

SECONDS_MAX = 20
options = argparse.Namespace()


def make_stubs(folder):
    """Generated code for the newer protos, in `folder`."""
    protos = newer_protos(os.path.join(folder, "protos"))
    plugin = shutil.which("grpc_python_plugin")
    if not shutil.which("protoc") or not plugin:
        skip("protoc or grpc_python_plugin is not here")
    subprocess.run(["protoc", f"-I{protos}", f"--python_out={folder}", f"--grpc_python_out={folder}",
                    f"--plugin=protoc-gen-grpc_python={plugin}", "echo/v1/echo.proto"], check=True)


class Messages:
    """The classes of gRPC's own messages. Generated ones would hide grpcio, whose package has the same name."""

    def __init__(self, folder):
        file = os.path.join(folder, "given.bin")
        subprocess.run(["protoc", f"-I{PROTO_FOLDER}", f"--descriptor_set_out={file}", *GRPC_PROTOS], check=True)
        self.pool = descriptor_pool.DescriptorPool()
        with open(file, "rb") as bytes_of_set:
            for proto in descriptor_pb2.FileDescriptorSet.FromString(bytes_of_set.read()).file:
                self.pool.Add(proto)
        self.factory = message_factory.MessageFactory(self.pool)

    def __call__(self, name):
        return self.factory.GetPrototype(self.pool.FindMessageTypeByName(name))


class Grpcio(unittest.TestCase):
    def setUp(self):
        self.server = Server(options.bin)
        self.addCleanup(self.server.__exit__)
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.server.port}")
        self.addCleanup(self.channel.close)
        self.stub = echo_pb2_grpc.EchoServiceStub(self.channel)

    def assert_code(self, code, call, *arguments, **named):
        with self.assertRaises(grpc.RpcError) as raised:
            call(*arguments, timeout=SECONDS_MAX, **named)
        self.assertEqual(raised.exception.code(), code, raised.exception)
        return raised.exception

    def abandoned(self):
        return self.stub.Abandoned(echo_pb2.EchoRequest(), timeout=SECONDS_MAX).number

    def test_a_unary_call_is_answered_with_its_metadata(self):
        answer, call = self.stub.Echo.with_call(echo_pb2.EchoRequest(text="hello"), timeout=SECONDS_MAX,
                                                metadata=(("x-echo", "a word"), ("x-echo-bin", b"\x00\xff\x01")))
        self.assertEqual(answer.text, "hello")
        headers, trailers = dict(call.initial_metadata()), dict(call.trailing_metadata())
        self.assertEqual(headers["x-echo"], "a word")
        self.assertEqual(headers["x-echo-bin"], b"\x00\xff\x01")
        self.assertEqual(trailers["x-echo-trailer"], "a word")

    def test_an_empty_message_is_a_message(self):
        self.assertEqual(self.stub.Echo(echo_pb2.EchoRequest(), timeout=SECONDS_MAX).text, "")

    def test_messages_are_compressed_both_ways(self):
        text = "noodstop " * 20_000  # compressed it is far below the largest message, and expanded above it
        small = text[:50_000]
        answer = self.stub.Echo(echo_pb2.EchoRequest(text=small), timeout=SECONDS_MAX,
                                compression=grpc.Compression.Gzip)
        self.assertEqual(answer.text, small)
        self.assert_code(grpc.StatusCode.RESOURCE_EXHAUSTED, self.stub.Echo, echo_pb2.EchoRequest(text=text),
                         compression=grpc.Compression.Gzip)

    def test_a_coding_that_is_not_spoken_is_unimplemented(self):
        self.assert_code(grpc.StatusCode.UNIMPLEMENTED, self.stub.Echo, echo_pb2.EchoRequest(text="x" * 1000),
                         compression=grpc.Compression.Deflate)

    def test_a_stream_brings_its_messages_in_order(self):
        numbers = [answer.number for answer in self.stub.Count(echo_pb2.CountRequest(count=1000), timeout=SECONDS_MAX)]
        self.assertEqual(numbers, list(range(1, 1001)))

    def test_a_stream_that_fails_brings_what_came_before_and_its_code(self):
        numbers = []
        with self.assertRaises(grpc.RpcError) as raised:
            for answer in self.stub.Count(echo_pb2.CountRequest(count=2, code=10), timeout=SECONDS_MAX):
                numbers.append(answer.number)
        self.assertEqual(numbers, [1, 2])
        self.assertEqual(raised.exception.code(), grpc.StatusCode.ABORTED)
        self.assertEqual(raised.exception.details(), "as asked")

    def test_a_two_way_call_answers_each_message_while_more_come(self):
        words = queue.Queue()
        answers = self.stub.Converse(iter(words.get, None), timeout=SECONDS_MAX)
        for number in range(200):
            words.put(echo_pb2.EchoRequest(text=str(number)))
            self.assertEqual(next(answers).text, str(number))
        words.put(None)
        self.assertEqual(list(answers), [])

    def test_every_code_arrives_with_message_and_details(self):
        for code in grpc.StatusCode:
            if code == grpc.StatusCode.OK:
                continue
            error = self.assert_code(code, self.stub.Fail,
                                     echo_pb2.FailRequest(code=code.value[0], message="100 % über\nall"))
            self.assertEqual(error.details(), "100 % über\nall")
            status = dict(error.trailing_metadata())["grpc-status-details-bin"]
            self.assertIn(b"type.googleapis.com/echo.v1.EchoRequest", status)
            self.assertIn(echo_pb2.EchoRequest(text="detail").SerializeToString(), status)

    def test_a_call_that_nobody_answers_ends_at_its_deadline(self):
        for call in (self.stub.Silent, lambda request, timeout: list(self.stub.Quiet(request, timeout=timeout))):
            with self.assertRaises(grpc.RpcError) as raised:
                call(echo_pb2.EchoRequest(), timeout=0.3)
            self.assertEqual(raised.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        self.assertEqual(self.stub.Echo(echo_pb2.EchoRequest(text="next"), timeout=SECONDS_MAX).text, "next")

    def test_a_call_that_is_cancelled_is_told_to_its_handler(self):
        def held():
            return self.stub.Held(echo_pb2.EchoRequest(), timeout=SECONDS_MAX).number

        for count, call in enumerate((self.stub.Silent.future, self.stub.Quiet), 1):
            future = call(echo_pb2.EchoRequest(), timeout=SECONDS_MAX)
            self.assertTrue(soon(lambda: held() == count), "the call did not come")
            future.cancel()
            self.assertEqual(future.code(), grpc.StatusCode.CANCELLED)
            self.assertTrue(soon(lambda: self.abandoned() == count), "the handler was not told")

    def test_a_message_that_is_too_large_exhausts_resources_and_the_next_one_is_answered(self):
        for size in (70_000, 5_000_000):
            self.assert_code(grpc.StatusCode.RESOURCE_EXHAUSTED, self.stub.Echo, echo_pb2.EchoRequest(text="x" * size))
        self.assertEqual(self.stub.Echo(echo_pb2.EchoRequest(text="next"), timeout=SECONDS_MAX).text, "next")

    def test_what_is_not_there_is_unimplemented(self):
        self.assert_code(grpc.StatusCode.UNIMPLEMENTED, self.stub.Newer, echo_pb2.EchoRequest())
        newer = echo_pb2_grpc.NewerServiceStub(self.channel)
        self.assert_code(grpc.StatusCode.UNIMPLEMENTED, newer.Newer, echo_pb2.EchoRequest())

    def test_two_requests_to_a_unary_method_are_unimplemented(self):
        call = self.channel.stream_unary("/echo.v1.EchoService/Echo", echo_pb2.EchoRequest.SerializeToString,
                                         echo_pb2.EchoResponse.FromString)
        self.assert_code(grpc.StatusCode.UNIMPLEMENTED, call, iter([echo_pb2.EchoRequest(), echo_pb2.EchoRequest()]))
        self.assert_code(grpc.StatusCode.UNIMPLEMENTED, call, iter([]))

    def test_who_may_not_call_is_told_so(self):
        self.assert_code(grpc.StatusCode.PERMISSION_DENIED, self.stub.Forbidden, echo_pb2.EchoRequest())

    def test_many_calls_at_once_are_all_answered(self):
        futures = [self.stub.Echo.future(echo_pb2.EchoRequest(text=str(number)), timeout=SECONDS_MAX)
                   for number in range(300)]
        self.assertEqual([future.result().text for future in futures], [str(number) for number in range(300)])

    def test_health_is_checked_and_watched(self):
        def method(kind, name, question, answer):
            return kind(f"/grpc.health.v1.Health/{name}", question.SerializeToString, answer.FromString)

        request, response = (messages(f"grpc.health.v1.HealthCheck{kind}") for kind in ("Request", "Response"))
        list_request, list_response = (messages(f"grpc.health.v1.HealthList{kind}") for kind in ("Request", "Response"))
        check = method(self.channel.unary_unary, "Check", request, response)
        watch = method(self.channel.unary_stream, "Watch", request, response)
        listing = method(self.channel.unary_unary, "List", list_request, list_response)
        self.assertEqual(check(request(), timeout=SECONDS_MAX).status, response.SERVING)
        self.assert_code(grpc.StatusCode.NOT_FOUND, check, request(service="nobody"))
        for service, status in (("echo.v1.EchoService", response.SERVING), ("nobody", response.SERVICE_UNKNOWN)):
            stream = watch(request(service=service), timeout=SECONDS_MAX)
            self.assertEqual(next(stream).status, status)
            stream.cancel()
        statuses = listing(list_request(), timeout=SECONDS_MAX).statuses
        self.assertEqual({name: entry.status for name, entry in statuses.items()},
                         {"": response.SERVING, "echo.v1.EchoService": response.SERVING})

    def test_reflection_answers_each_question_on_one_stream(self):
        for version in ("v1", "v1alpha"):
            package = f"grpc.reflection.{version}"
            request = messages(f"{package}.ServerReflectionRequest")
            ask = self.channel.stream_stream(f"/{package}.ServerReflection/ServerReflectionInfo",
                                             request.SerializeToString,
                                             messages(f"{package}.ServerReflectionResponse").FromString)
            questions = [request(list_services="*"), request(file_by_filename="echo/v1/echo.proto"),
                         request(file_containing_symbol="echo.v1.EchoService.Count"),
                         request(file_containing_symbol="echo.v1.Nothing"),
                         request(all_extension_numbers_of_type="echo.v1.EchoRequest"), request(host="here")]
            answers = list(ask(iter(questions), timeout=SECONDS_MAX))
            self.assertEqual([answer.WhichOneof("message_response") for answer in answers],
                             ["list_services_response", "file_descriptor_response", "file_descriptor_response",
                              "error_response", "all_extension_numbers_response", "error_response"])
            self.assertEqual([answer.original_request for answer in answers], questions)
            self.assertIn("echo.v1.EchoService", [entry.name for entry in answers[0].list_services_response.service])
            file = descriptor_pb2.FileDescriptorProto.FromString(
                answers[2].file_descriptor_response.file_descriptor_proto[0])
            self.assertEqual(file.name, "echo/v1/echo.proto")
            self.assertEqual(answers[3].error_response.error_code, grpc.StatusCode.NOT_FOUND.value[0])

    def test_the_unix_socket_speaks_it_too(self):
        with grpc.insecure_channel(f"unix:{self.server.socket}") as channel:
            stub = echo_pb2_grpc.EchoServiceStub(channel)
            self.assertEqual(stub.Echo(echo_pb2.EchoRequest(text="near"), timeout=SECONDS_MAX).text, "near")


def main():
    global echo_pb2, echo_pb2_grpc, messages
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.parse_args(namespace=options)
    with tempfile.TemporaryDirectory() as folder:
        make_stubs(folder)
        sys.path.insert(0, folder)
        echo_pb2 = importlib.import_module("echo.v1.echo_pb2")
        echo_pb2_grpc = importlib.import_module("echo.v1.echo_pb2_grpc")
        messages = Messages(folder)
        result = unittest.main(argv=sys.argv[:1], exit=False).result
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
