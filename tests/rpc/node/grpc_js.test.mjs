// @grpc/grpc-js as a judge: gRPC over HTTP/2. Run by tests/rpc/node_test.py, which names the server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const { NOODSTOP_RPC_PORT, NOODSTOP_RPC_SOCKET, NOODSTOP_RPC_PROTOS } = process.env;
const deadline = () => Date.now() + 20_000;
let client;
let services;

before(() => {
  const definition = loader.loadSync("echo/v1/echo.proto", { includeDirs: [NOODSTOP_RPC_PROTOS] });
  services = grpc.loadPackageDefinition(definition).echo.v1;
  client = new services.EchoService(`127.0.0.1:${NOODSTOP_RPC_PORT}`, grpc.credentials.createInsecure());
});

after(() => client.close());

function unary(method, request, { on = client, metadata = new grpc.Metadata(), options = {} } = {}) {
  return new Promise((resolve, reject) => {
    const seen = {};
    const call = on[method](request, metadata, { deadline: deadline(), ...options }, (error, answer) =>
      error ? reject(error) : setImmediate(() => resolve({ answer, ...seen })));
    call.on("metadata", (headers) => { seen.headers = headers; });
    call.on("status", (status) => { seen.trailers = status.metadata; });
  });
}

async function streamed(request) {
  const numbers = [];
  let error;
  try {
    for await (const answer of client.count(request, { deadline: deadline() })) numbers.push(answer.number);
  } catch (caught) {
    error = caught;
  }
  return { numbers, error };
}

async function soon(condition) {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail("it did not happen soon");
}

const code = (expected) => (error) => error.code === expected || assert.fail(`${error.code}: ${error.message}`);
const number = async (method) => (await unary(method, {})).answer.number ?? 0;  // 0 does not travel

test("a unary call is answered with its metadata", async () => {
  const metadata = new grpc.Metadata();
  metadata.set("x-echo", "a word");
  metadata.set("x-echo-bin", Buffer.from([0, 255, 1]));
  const { answer, headers, trailers } = await unary("echo", { text: "hello" }, { metadata });
  assert.equal(answer.text, "hello");
  assert.deepEqual(headers.get("x-echo"), ["a word"]);
  assert.deepEqual(headers.get("x-echo-bin"), [Buffer.from([0, 255, 1])]);
  assert.deepEqual(trailers.get("x-echo-trailer"), ["a word"]);
});

test("messages are compressed both ways", async () => {
  const options = { "grpc.default_compression_algorithm": grpc.compressionAlgorithms.gzip };
  const on = new services.EchoService(`127.0.0.1:${NOODSTOP_RPC_PORT}`, grpc.credentials.createInsecure(), options);
  const text = "noodstop ".repeat(5000);
  assert.equal((await unary("echo", { text }, { on })).answer.text, text);
  await assert.rejects(unary("echo", { text: text.repeat(4) }, { on }), code(grpc.status.RESOURCE_EXHAUSTED));
  on.close();
});

test("a stream brings its messages in order", async () => {
  const { numbers, error } = await streamed({ count: 1000 });
  assert.equal(error, undefined);
  assert.deepEqual(numbers, Array.from({ length: 1000 }, (_, index) => index + 1));
});

test("a stream that fails brings what came before and its code", async () => {
  const { numbers, error } = await streamed({ count: 2, code: grpc.status.ABORTED });
  assert.deepEqual(numbers, [1, 2]);
  assert.equal(error.code, grpc.status.ABORTED);
  assert.equal(error.details, "as asked");
});

test("every code arrives with its message", async () => {
  for (let status = 1; status <= 16; ++status)
    await assert.rejects(unary("fail", { code: status, message: "100 % über\nall" }), (error) => {
      assert.equal(error.code, status);
      assert.equal(error.details, "100 % über\nall");
      return true;
    });
});

test("a call that nobody answers ends at its deadline", async () => {
  const options = { deadline: Date.now() + 300 };
  await assert.rejects(unary("silent", {}, { options }), code(grpc.status.DEADLINE_EXCEEDED));
  assert.equal((await unary("echo", { text: "next" })).answer.text, "next");
});

test("a call that is cancelled is told to its handler", async () => {
  for (const method of ["silent", "quiet"]) {
    const held = await number("held");
    const abandoned = await number("abandoned");
    const call = method === "silent" ? client.silent({}, () => {}) : client.quiet({});
    const ended = new Promise((resolve) => call.on("status", resolve));
    call.on("error", () => {});
    await soon(async () => await number("held") > held);
    call.cancel();
    assert.equal((await ended).code, grpc.status.CANCELLED);
    await soon(async () => await number("abandoned") > abandoned);
  }
});

test("a message that is too large exhausts resources and the next one is answered", async () => {
  for (const size of [70_000, 3_000_000])
    await assert.rejects(unary("echo", { text: "x".repeat(size) }), code(grpc.status.RESOURCE_EXHAUSTED));
  assert.equal((await unary("echo", { text: "next" })).answer.text, "next");
});

test("what is not there is unimplemented", async () => {
  await assert.rejects(unary("newer", {}), code(grpc.status.UNIMPLEMENTED));
  const on = new services.NewerService(`127.0.0.1:${NOODSTOP_RPC_PORT}`, grpc.credentials.createInsecure());
  await assert.rejects(unary("newer", {}, { on }), code(grpc.status.UNIMPLEMENTED));
  on.close();
});

test("who may not call is told so", async () => {
  await assert.rejects(unary("forbidden", {}), code(grpc.status.PERMISSION_DENIED));
});

test("many calls at once are all answered", async () => {
  const calls = Array.from({ length: 300 }, (_, index) => unary("echo", { text: `${index}` }));
  assert.deepEqual((await Promise.all(calls)).map(({ answer }) => answer.text), calls.map((_, index) => `${index}`));
});

test("the unix socket speaks it too", async () => {
  const on = new services.EchoService(`unix:${NOODSTOP_RPC_SOCKET}`, grpc.credentials.createInsecure());
  assert.equal((await unary("echo", { text: "near" }, { on })).answer.text, "near");
  on.close();
});
