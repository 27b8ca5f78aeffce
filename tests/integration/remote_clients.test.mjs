// @connectrpc/connect-node and @grpc/grpc-js at the remote port of a real agent, over mutual TLS. Run by
// tests/integration/remote_test.py, which names the agent, the certificates and the descriptors.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import https from "node:https";
import { after, test } from "node:test";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport, Http2SessionManager }
  from "@connectrpc/connect-node";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const { NOODSTOP_PORT, NOODSTOP_CERTIFICATES, NOODSTOP_DESCRIPTORS } = process.env;
const host = `127.0.0.1:${NOODSTOP_PORT}`;
const baseUrl = `https://${host}`;
const timeoutMs = 20_000;
const descriptors = readFileSync(NOODSTOP_DESCRIPTORS);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
const StatusService = registry.getService("noodstop.v1.StatusService");
const ControlService = registry.getService("noodstop.v1.ControlService");

const file = (name) => readFileSync(`${NOODSTOP_CERTIFICATES}/${name}`);
const keysOf = (name) => ({
  ca: file("ca.pem"), ...(name && { cert: file(`${name}.pem`), key: file(`${name}.key`) }),
});

const sessions = [];
after(() => sessions.forEach((session) => session.abort()));

function overTwo(nodeOptions) {
  const sessionManager = new Http2SessionManager(baseUrl, {}, nodeOptions);
  sessions.push(sessionManager);
  return { baseUrl, httpVersion: "2", sessionManager };
}
const overOne = (nodeOptions) => ({ baseUrl, httpVersion: "1.1", nodeOptions });

const makers = {
  "Connect over HTTP/1.1": (keys) => createConnectTransport(overOne(keys)),
  "Connect with GET over HTTP/1.1": (keys) => createConnectTransport({ ...overOne(keys), useHttpGet: true }),
  "Connect over HTTP/2": (keys) => createConnectTransport(overTwo(keys)),
  "gRPC-Web over HTTP/1.1": (keys) => createGrpcWebTransport(overOne(keys)),
  "gRPC-Web over HTTP/2": (keys) => createGrpcWebTransport(overTwo(keys)),
  "gRPC": (keys) => createGrpcTransport(overTwo(keys)),
};

const fails = (promise, code) => assert.rejects(promise, (error) => {
  assert.equal(Code[ConnectError.from(error).code], Code[code], error.message);
  return true;
});

async function drain(stream) {
  for await (const _ of stream);
}

for (const name of Object.keys(makers)) {
  const status = (role) => createClient(StatusService, makers[name](keysOf(role)));
  const control = (role) => createClient(ControlService, makers[name](keysOf(role)));

  test(`${name}: an operator sees all tenants, an owner his own`, async () => {
    for (const [role, zones] of [["operator", ["dev", "quarry"]], ["acme", ["dev"]], ["hub", ["dev", "quarry"]]]) {
      const answer = await status(role).getStatus({}, { timeoutMs });
      assert.deepEqual(answer.snapshot.zones.map((zone) => zone.name).sort(), zones);
    }
  });

  test(`${name}: status is streamed, a deadline ends a stream, and one that is cancelled ends`, async () => {
    let seen = 0;
    for await (const answer of status("operator").watchStatus({}, { timeoutMs }))
      if (answer.snapshot && ++seen === 2) break;
    assert.equal(seen, 2);
    const client = status("operator");
    await fails(drain(client.watchFacts({}, { timeoutMs: 300 })), Code.DeadlineExceeded);
    const abort = new AbortController();
    const ended = fails(drain(client.watchStatus({}, { signal: abort.signal })), Code.Canceled);
    setTimeout(() => abort.abort(), 300);
    await ended;
    assert.ok((await client.getStatus({}, { timeoutMs })).snapshot);
  });

  // A question that is too long for a URL is an error of HTTP (431), for which Connect has no code of its own.
  test(`${name}: a message that is too large exhausts resources`, { skip: name.includes("GET") }, async () => {
    await fails(status("operator").listFacts({ tenant: "x".repeat(100_000) }, { timeoutMs }), Code.ResourceExhausted);
  });

  test(`${name}: nobody gives orders, and without a role everything is denied`, async () => {
    for (const role of ["operator", "acme", "hub"])
      await fails(control(role).trip({ zone: "dev", reason: "from far away" }, { timeoutMs }), Code.PermissionDenied);
    for (const role of ["agent", "no_role"])
      await fails(status(role).getStatus({}, { timeoutMs }), Code.PermissionDenied);
  });

  test(`${name}: without a good certificate there is no connection`, async () => {
    for (const role of [null, "expired", "other/operator"])
      await assert.rejects(status(role).getStatus({}, { timeoutMs }), (error) => {
        assert.ok(error.cause?.code ?? error.cause?.message, `${role}: ${error.message}`);  // of the network, no answer
        assert.notEqual(ConnectError.from(error).code, Code.PermissionDenied);
        return true;
      });
  });
}

const post = (path, headers, body = "") => new Promise((resolve, reject) => {
  const request = https.request(baseUrl + path, { method: "POST", headers, ...keysOf("operator") }, (response) => {
    let text = "";
    response.on("data", (part) => { text += part; });
    response.on("end", () => resolve({ status: response.statusCode, text }));
  });
  request.on("error", reject);
  request.end(body);
});

test("HTTP: what is not there is unimplemented, and a content type of no protocol is told as such", async () => {
  for (const path of ["/noodstop.v1.StatusService/Newer", "/noodstop.v1.NewerService/Get"]) {
    const answer = await post(path, { "Content-Type": "application/proto" });
    assert.equal(answer.status, 404);
    assert.equal(JSON.parse(answer.text).code, "unimplemented");
  }
  assert.equal((await post("/noodstop.v1.StatusService/GetStatus", { "Content-Type": "text/plain" })).status, 415);
});

test("grpc-js: unary calls, streams, deadlines and codes", async () => {
  const definition = loader.loadFileDescriptorSetFromBuffer(descriptors);
  const services = grpc.loadPackageDefinition(definition).noodstop.v1;
  const credentials = (role) => {
    const keys = keysOf(role);
    return grpc.credentials.createSsl(keys.ca, keys.key, keys.cert);
  };
  const unary = (client, method, request) => new Promise((resolve, reject) => {
    client[method](request, { deadline: Date.now() + timeoutMs }, (error, answer) => error ? reject(error) : resolve(answer));
  });
  const client = new services.StatusService(host, credentials("acme"));
  const answer = await unary(client, "GetStatus", {});
  assert.deepEqual(answer.snapshot.zones.map((zone) => zone.name), ["dev"]);
  await assert.rejects(drain(client.WatchFacts({}, { deadline: Date.now() + 500 })),
    (error) => error.code === grpc.status.DEADLINE_EXCEEDED);
  const control = new services.ControlService(host, credentials("operator"));
  await assert.rejects(unary(control, "Trip", { zone: "dev", reason: "from far away" }),
    (error) => error.code === grpc.status.PERMISSION_DENIED);
  const nobody = new services.StatusService(host, credentials("expired"));
  await assert.rejects(unary(nobody, "GetStatus", {}), (error) => error.code === grpc.status.UNAVAILABLE);
  await assert.rejects(new Promise((resolve, reject) => client.makeUnaryRequest(
    "/noodstop.v1.StatusService/Newer", (one) => one, (one) => one, Buffer.alloc(0),
    (error, one) => error ? reject(error) : resolve(one))), (error) => error.code === grpc.status.UNIMPLEMENTED);
  [client, control, nobody].forEach((one) => one.close());
});
