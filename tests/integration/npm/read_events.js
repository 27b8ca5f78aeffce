// usage: node read_events.js FILE: what the CloudEvents project's own library reads from requests, as JSON. Each line of
// the file is a request {headers, body}. An event that breaks the specification ends it with an error.
const fs = require("fs");
const { HTTP } = require("cloudevents");

const lines = fs.readFileSync(process.argv[2], "utf8").split("\n").filter(Boolean);
const events = lines.map((line) => {
  const request = JSON.parse(line);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const event = HTTP.toEvent({ headers, body: request.body });
  event.validate();
  return event.toJSON();
});
console.log(JSON.stringify(events));
