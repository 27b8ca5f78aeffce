"""Honest clients of a TLS port: python3-grpcio, with a call that every one of our servers answers. One keeps its
connection, one comes anew for each call."""
import os
import threading
import time

import grpc

METHOD = "/grpc.health.v1.Health/Check"
SECONDS_MAX = 30  # of one call; what takes longer counts as not answered


def credentials(folder):
    def content(name):
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()
    return grpc.ssl_channel_credentials(content("ca.pem"), content("client.key"), content("client.pem"))


class Client(threading.Thread):
    """Calls again and again until it is stopped; `seconds` has how long each call took, `failures` what went wrong."""

    def __init__(self, target, folder, keeps_connection, pause):
        super().__init__(daemon=True)
        self.target, self.credentials = target, credentials(folder)
        self.keeps_connection, self.pause = keeps_connection, pause
        self.seconds, self.failures = [], []
        self.stopping = threading.Event()
        self.lock = threading.Lock()

    def channel(self):
        """The second of these times is what grpcio grants an attempt to connect."""
        return grpc.secure_channel(self.target, self.credentials, options=[
            ("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 200),
            ("grpc.min_reconnect_backoff_ms", 5000), ("grpc.max_reconnect_backoff_ms", 1000)])

    def call(self, channel):
        ask = channel.unary_unary(METHOD, request_serializer=bytes, response_deserializer=bytes)
        began = time.monotonic()
        try:
            ask(b"", timeout=SECONDS_MAX, wait_for_ready=True)
        except grpc.RpcError as problem:
            with self.lock:
                self.failures.append(f"{problem.code().name}: {problem.details()}")
            return
        with self.lock:
            self.seconds.append(time.monotonic() - began)

    def run(self):
        kept = self.channel() if self.keeps_connection else None
        while not self.stopping.wait(self.pause):
            channel = kept or self.channel()
            self.call(channel)
            if not kept:
                channel.close()
        if kept:
            kept.close()

    def taken(self):
        """What happened since the last time this was asked."""
        with self.lock:
            taken = self.seconds, self.failures
            self.seconds, self.failures = [], []
        return taken

    def stop(self):
        self.stopping.set()
        self.join(SECONDS_MAX + 5)
