// @connectrpc/connect-node as a judge: Connect, gRPC-Web and gRPC, over HTTP/1.1 and HTTP/2 where they have both. Run by
// tests/rpc/node_test.py, which names the server.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http2 from "node:http2";
import { after, test } from "node:test";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import {
  compressionGzip, createConnectTransport, createGrpcTransport, createGrpcWebTransport, Http2SessionManager,
} from "@connectrpc/connect-node";

const { NOODSTOP_RPC_PORT, NOODSTOP_RPC_DESCRIPTORS } = process.env;
const baseUrl = `http://127.0.0.1:${NOODSTOP_RPC_PORT}`;
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(NOODSTOP_RPC_DESCRIPTORS)));
const EchoService = registry.getService("echo.v1.EchoService");
const NewerService = registry.getService("echo.v1.NewerService");
const timeoutMs = 20_000;

const makers = {
  "Connect over HTTP/1.1": (more) => createConnectTransport({ baseUrl, httpVersion: "1.1", ...more }),
  "Connect over HTTP/2": (more) => createConnectTransport({ baseUrl, httpVersion: "2", ...more }),
  "Connect with GET over HTTP/1.1": (more) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true, ...more }),
  "Connect with GET over HTTP/2": (more) =>
    createConnectTransport({ baseUrl, httpVersion: "2", useHttpGet: true, ...more }),
  "gRPC-Web over HTTP/1.1": (more) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1", ...more }),
  "gRPC-Web over HTTP/2": (more) => createGrpcWebTransport({ baseUrl, httpVersion: "2", ...more }),
  "gRPC": (more) => createGrpcTransport({ baseUrl, ...more }),
};
const sessions = [];
after(() => sessions.forEach((session) => session.abort()));

function transportOf(name, more = {}) {
  if (name.endsWith("HTTP/1.1")) return makers[name](more);
  const sessionManager = new Http2SessionManager(baseUrl);
  sessions.push(sessionManager);
  return makers[name]({ sessionManager, ...more });
}

async function soon(condition) {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail("it did not happen soon");
}

const fails = (promise, code) => assert.rejects(promise, (error) => {
  assert.equal(Code[ConnectError.from(error).code], Code[code], error.message);
  return true;
});

async function streamed(client, request) {
  const numbers = [];
  let error;
  try {
    for await (const answer of client.count(request, { timeoutMs })) numbers.push(answer.number);
  } catch (caught) {
    error = ConnectError.from(caught);
  }
  return { numbers, error };
}

for (const name of Object.keys(makers)) {
  const client = createClient(EchoService, transportOf(name));
  const number = async (method) => (await client[method]({}, { timeoutMs })).number;

  test(`${name}: a unary call is answered with its metadata`, async () => {
    let headers;
    let trailers;
    const answer = await client.echo({ text: "hello ü" }, {
      timeoutMs,
      headers: { "x-echo": "a word", "x-echo-bin": "AP8B" },
      onHeader: (seen) => { headers = seen; },
      onTrailer: (seen) => { trailers = seen; },
    });
    assert.equal(answer.text, "hello ü");
    assert.equal(headers.get("x-echo"), "a word");
    assert.equal(headers.get("x-echo-bin"), "AP8B");
    assert.equal(trailers.get("x-echo-trailer"), "a word");
    assert.equal((await client.echo({}, { timeoutMs })).text, "");
  });

  test(`${name}: messages are compressed both ways`, async () => {
    const gzip = { sendCompression: compressionGzip, acceptCompression: [compressionGzip], compressMinBytes: 0 };
    const zipped = createClient(EchoService, transportOf(name, gzip));
    const text = "noodstop ".repeat(5000);
    assert.equal((await zipped.order({ text }, { timeoutMs })).text, text);
    assert.equal((await zipped.echo({ text: text.slice(0, 3000) }, { timeoutMs })).text, text.slice(0, 3000));
    await fails(zipped.order({ text: text.repeat(4) }, { timeoutMs }), Code.ResourceExhausted);
  });

  test(`${name}: a stream brings its messages in order`, async () => {
    const { numbers, error } = await streamed(client, { count: 1000 });
    assert.equal(error, undefined);
    assert.deepEqual(numbers, Array.from({ length: 1000 }, (_, index) => index + 1));
  });

  test(`${name}: a stream that fails brings what came before and its code`, async () => {
    const { numbers, error } = await streamed(client, { count: 2, code: 10 });
    assert.deepEqual(numbers, [1, 2]);
    assert.equal(error.code, Code.Aborted);
    assert.equal(error.rawMessage, "as asked");
  });

  test(`${name}: every code arrives with message and details`, async () => {
    for (let code = 1; code <= 16; ++code)
      await assert.rejects(client.fail({ code, message: "100 % über\nall" }, { timeoutMs }), (error) => {
        assert.equal(error.code, code);
        assert.equal(error.rawMessage, "100 % über\nall");
        assert.deepEqual(error.findDetails(registry.getMessage("echo.v1.EchoRequest")).map((one) => one.text), ["detail"]);
        return true;
      });
  });

  test(`${name}: a call that nobody answers ends at its deadline`, async () => {
    await fails(client.silent({}, { timeoutMs: 300 }), Code.DeadlineExceeded);
    await fails((async () => { for await (const _ of client.quiet({}, { timeoutMs: 300 })); })(), Code.DeadlineExceeded);
  });

  test(`${name}: a call that is cancelled is told to its handler`, async () => {
    for (const method of ["silent", "quiet"]) {
      const held = await number("held");
      const abandoned = await number("abandoned");
      const abort = new AbortController();
      const call = method === "silent"
        ? client.silent({}, { signal: abort.signal })
        : (async () => { for await (const _ of client.quiet({}, { signal: abort.signal })); })();
      const ended = fails(call, Code.Canceled);
      await soon(async () => await number("held") > held);
      abort.abort();
      await ended;
      await soon(async () => await number("abandoned") > abandoned);
    }
  });

  test(`${name}: a message that is too large exhausts resources and the next one is answered`, async () => {
    for (const size of [70_000, 100_000, 3_000_000])
      await fails(client.order({ text: "x".repeat(size) }, { timeoutMs }), Code.ResourceExhausted);
    assert.equal((await client.order({ text: "next" }, { timeoutMs })).text, "next");
  });

  test(`${name}: what is not there is unimplemented`, async () => {
    await fails(client.newer({}, { timeoutMs }), Code.Unimplemented);
    await fails(createClient(NewerService, transportOf(name)).newer({}, { timeoutMs }), Code.Unimplemented);
  });

  test(`${name}: who may not call is told so`, async () => {
    await fails(client.forbidden({}, { timeoutMs }), Code.PermissionDenied);
  });
}

for (const name of ["Connect over HTTP/2", "gRPC"])
  test(`${name}: a two-way call answers each message while more come`, async () => {
    const client = createClient(EchoService, transportOf(name));
    let answered;
    async function* words() {
      for (let number = 0; number < 100; ++number) {
        const answer = new Promise((resolve) => { answered = resolve; });
        yield { text: `${number}` };
        assert.equal(await answer, `${number}`);
      }
    }
    let count = 0;
    for await (const { text } of client.converse(words(), { timeoutMs })) {
      ++count;
      answered(text);
    }
    assert.equal(count, 100);
  });

const echo = `${baseUrl}/echo.v1.EchoService/Echo`;
const posted = (url, type, body = "") => fetch(url, { method: "POST", headers: { "Content-Type": type }, body });

test("HTTP/1.1: a content type of no protocol is 415, another method 405, gRPC 505", async () => {
  for (const type of ["application/json", "text/plain", "application/grpc+json", "application/connect+json"])
    assert.equal((await posted(echo, type, "{}")).status, 415, type);
  assert.equal((await posted(`${baseUrl}/echo.v1.EchoService/Count`, "application/proto")).status, 415);
  assert.equal((await posted(echo, "application/connect+proto")).status, 415);
  assert.equal((await fetch(echo, { method: "PUT", body: "" })).status, 405);
  assert.equal((await fetch(`${baseUrl}/echo.v1.EchoService/Order?connect=v1&encoding=proto&message=`)).status, 405);
  assert.equal((await posted(echo, "application/grpc")).status, 505);
  assert.equal((await posted(`${baseUrl}/echo.v1.EchoService/Converse`, "application/connect+proto")).status, 505);
});

test("HTTP/1.1: a GET asks by its query", async () => {
  const query = (more) => `${echo}?connect=v1&encoding=proto&${more}`;
  const answer = await fetch(query("message=CgJoaQ&base64=1"));
  assert.equal(answer.status, 200);
  assert.equal(Buffer.from(await answer.arrayBuffer()).toString("latin1"), "\n\u0002hi");
  assert.equal((await fetch(query("message=%0A%02hi"))).status, 200);
  assert.equal((await fetch(`${echo}?connect=v1&encoding=json&message=%7B%7D`)).status, 415);
  assert.equal((await fetch(query("message=%0"))).status, 400);
  assert.equal((await fetch(query("message=!&base64=1"))).status, 400);
  assert.equal((await fetch(query("message=&compression=br"))).status, 501);
  assert.equal((await fetch(`${echo}?connect=v2&encoding=proto&message=`)).status, 400);
});

test("HTTP/1.1: gRPC-Web as text is answered as text", async () => {
  const answer = await posted(echo, "application/grpc-web-text", "AAAAAAQKAmhp");
  assert.equal(answer.headers.get("content-type"), "application/grpc-web-text+proto");
  const frames = (await answer.text()).match(/[^=]+=*/g).map((part) => Buffer.from(part, "base64"));
  const body = Buffer.concat(frames);
  assert.deepEqual([...body.subarray(0, 9)], [0, 0, 0, 0, 4, 10, 2, 104, 105]);
  assert.equal(body[9], 0x80);
  assert.match(body.subarray(14).toString(), /^grpc-status: 0\r\n/);
});

test("HTTP/2: a content type of no protocol is 415 for gRPC's clients too", async () => {
  const session = http2.connect(baseUrl);
  for (const type of ["application/json", "text/plain", "application/grpc+json"]) {
    const request = session.request({ ":method": "POST", ":path": "/echo.v1.EchoService/Echo", "content-type": type });
    request.end();
    const [headers] = await new Promise((resolve) => request.on("response", (...seen) => resolve(seen)));
    assert.equal(headers[":status"], 415, type);
    request.close();
  }
  session.close();
});
