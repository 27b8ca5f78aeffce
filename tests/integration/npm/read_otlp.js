// usage: node read_otlp.js metrics|logs FILE...: what OpenTelemetry's own definitions read from OTLP bodies, as JSON.
const fs = require("fs");
const path = require("path");
const zlib = require("zlib");

const transformer = path.dirname(require.resolve("@opentelemetry/otlp-transformer"));
const root = require(path.join(transformer, "generated", "root.js"));
const { metrics, logs } = root.opentelemetry.proto.collector;
const types = { metrics: metrics.v1.ExportMetricsServiceRequest, logs: logs.v1.ExportLogsServiceRequest };

const [signal, ...files] = process.argv.slice(2);
const messages = files.map((file) => {
  const message = types[signal].decode(zlib.gunzipSync(fs.readFileSync(file)));
  return types[signal].toObject(message, { longs: String, enums: String });
});
console.log(JSON.stringify(messages));
