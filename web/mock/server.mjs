// A stand-in for the engine, to develop the page against: node mock/server.mjs [--port=8080] [--dist=dist] [--jobs=all|detectors]
// Prints "ready http://…" when it listens. It serves the page from --dist under the same policy as the engine does.
import { readFileSync, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";
import { WebSocketServer } from "ws";
import { encode } from "./da00.mjs";
import { defaultJobs, Job, workflows } from "./model.mjs";

const option = (name, otherwise) => process.argv.find((a) => a.startsWith(`--${name}=`))?.split("=")[1] ?? otherwise;
const port = Number(option("port", "8080"));
const dist = resolve(option("dist", new URL("../dist", import.meta.url).pathname));
const control = option("control", "true") === "true";

const now = () => Date.now() / 1000;
const started = now();
let jobs = defaultJobs(started).filter((j) => option("jobs", "all") === "all" || j.service === "detector_data");
const log = [{ time: started, level: "info", text: "Simulated source: 10 M events per second" }];
const history = { time: [], lag_p50_s: [], lag_p99_s: [], events_per_s: [], messages_per_s: [] };
for (let i = 120; i > 0; --i) pushHistory(started - 5 * i);

function pushHistory(t) {
  const put = (name, v) => history[name].push(v);
  put("time", t);
  put("lag_p50_s", 0.15 + 0.01 * Math.random());
  put("lag_p99_s", 0.17 + 0.04 * Math.random());
  put("events_per_s", 1e7 * (1 + 0.02 * Math.random()));
  put("messages_per_s", 126 + 4 * Math.random());
}

const status = () => ({
  instrument: "loki", version: "0.1.0", started_time: started, now_time: now(), run: { name: "Silica in D2O, 2 mm", start_time: started, stop_time: null },
  services: ["detector_data", "monitor_data", "timeseries"], control, events_per_s: 1.002e7, messages_per_s: 126,
  lag: { p50_s: 0.15, p99_s: 0.17, last_s: 0.16 }, data_age_s: 0.4, problems: [], losses: {},
});
const told = () => ({ jobs: jobs.map((j) => j.told()) });

const variablesOf = (a) => [
  { name: "signal", unit: a.unit, label: a.label, dims: a.dims, shape: a.shape, values: a.values },
  ...(a.errors ? [{ name: "errors", unit: a.unit, dims: a.dims, shape: a.shape, values: a.errors }] : []),
  ...a.coords,
];
const bytesOf = (job, name) => encode(JSON.stringify({ job_id: { source_name: job.source, job_number: job.job_number }, output_name: name }), job.time, variablesOf(job.outputs()[name]));

// What a form sends wrongly is told at its field, in the engine's way.
function wrongParams(params) {
  const fields = [];
  const { toa_edges: e = {}, toa_range: r = {} } = params;
  if ((e.start ?? 0) >= (e.stop ?? 71.43)) fields.push({ path: "toa_edges.stop", text: `stop must be greater than start (${e.start ?? 0})` });
  if (e.scale === "log" && !((e.start ?? 0) > 0)) fields.push({ path: "toa_edges.start", text: 'start must be greater than 0 if scale is "log"' });
  if ((r.start ?? 0) >= (r.stop ?? 10)) fields.push({ path: "toa_range", text: "stop must be greater than start" });
  return fields;
}

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : {};
}

async function answer(request, path, query) {
  const [, , , ...parts] = path.split("/");
  const words = parts.map(decodeURIComponent);
  if (words[0] === "status") return [200, status()];
  if (words[0] === "workflows") return [200, { workflows }];
  if (words[0] === "history") return [200, history];
  if (words[0] === "log") return [200, { lines: log.slice(-Number(query.get("lines") ?? 200)) }];
  if (words[0] === "openapi.json") return [200, { openapi: "3.1.0" }];
  if (words[0] !== "jobs") return [404, { error: "There is no such address." }];
  if (request.method !== "GET" && !control) return [403, { error: "This engine takes no commands here: view.control is off." }];
  if (words.length === 1 && request.method === "POST") {
    const asked = await body(request);
    const w = workflows.find(({ id }) => id === asked.workflow);
    if (!w) return [422, { error: "Unknown workflow", fields: [{ path: "workflow", text: "There is no such workflow." }] }];
    const fields = wrongParams(asked.params ?? {});
    if (fields.length) return [422, { error: "The parameters are wrong.", fields }];
    const job = new Job(asked, now());
    jobs = [...jobs, job];
    log.push({ time: now(), level: "info", text: `Started ${w.title} of ${job.source}` });
    return [201, { id: job.id }];
  }
  if (words.length === 1) return [200, told()];
  const job = jobs.find((j) => j.source === words[1] && j.job_number === words[2]);
  if (!job) return [404, { error: "There is no such job." }];
  if (words[3] === "regions") {
    if (request.method === "PUT") job.regions = await body(request);
    return [200, job.regions];
  }
  if (words[3] === "outputs") {
    if (!job.outputs()[words[4]]) return [404, { error: "There is no such output." }];
    const format = query.get("format") ?? "da00";
    if (format === "da00") return [200, bytesOf(job, words[4])];
    const a = job.outputs()[words[4]];
    if (format === "json") return [200, { dims: a.dims, shape: a.shape, unit: a.unit, values: [...a.values] }];
    return [501, { error: "This stand-in has no HDF5." }];
  }
  if (words[3] === "stop") jobs = jobs.filter((j) => j !== job);
  else if (words[3] === "reset") job.reset();
  else if (words[3] === "pause") job.pause(true);
  else if (words[3] === "resume") job.pause(false);
  else return [404, { error: "There is no such action." }];
  log.push({ time: now(), level: "info", text: `${words[3]}: ${job.title} of ${job.source}` });
  return [200, {}];
}

const contentTypes = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8" };
const headers = { "Content-Security-Policy": "default-src 'self'", "X-Content-Type-Options": "nosniff" };

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  try {
    if (url.pathname.startsWith("/api/v1/")) {
      const [code, value] = await answer(request, url.pathname, url.searchParams);
      const binary = value instanceof Uint8Array;
      response.writeHead(code, { ...headers, "Content-Type": binary ? "application/octet-stream" : "application/json" });
      response.end(binary ? value : JSON.stringify(value));
      return;
    }
    const file = join(dist, normalize(url.pathname === "/" ? "/index.html" : url.pathname));
    if (!file.startsWith(dist) || !existsSync(file)) {
      response.writeHead(404, headers).end();
      return;
    }
    response.writeHead(200, { ...headers, "Content-Type": contentTypes[extname(file)] ?? "application/octet-stream" });
    response.end(readFileSync(file));
  } catch (error) {
    response.writeHead(400, headers).end(JSON.stringify({ error: String(error) }));
  }
});

const viewers = new Set();
const sockets = new WebSocketServer({ server, path: "/api/v1/updates" });
sockets.on("connection", (socket) => {
  const viewer = { socket, show: [], sent: new Map() };
  viewers.add(viewer);
  socket.on("message", (data) => {
    viewer.show = JSON.parse(data).show ?? [];
    const keys = new Set(viewer.show.map(({ job, output }) => `${job} ${output}`));
    for (const key of viewer.sent.keys()) if (!keys.has(key)) viewer.sent.delete(key);
    send(viewer);
  });
  socket.on("close", () => viewers.delete(viewer));
  socket.send(JSON.stringify({ type: "status", ...status() }));
  socket.send(JSON.stringify({ type: "jobs", ...told() }));
});

// Only what is shown and new; a viewer that does not read is left out until it does.
function send(viewer) {
  if (viewer.socket.bufferedAmount > 4e6) return;
  for (const { job: id, output } of viewer.show) {
    const job = jobs.find((j) => j.id === id);
    const key = `${id} ${output}`;
    const version = job && `${job.sequence} ${JSON.stringify(job.regions)}`;
    if (!job?.sequence || viewer.sent.get(key) === version || !(output in job.outputs())) continue;
    viewer.sent.set(key, version);
    const header = new TextEncoder().encode(JSON.stringify({ job: id, output, time: job.time, sequence: job.sequence, scaled: null }));
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, header.length, true);
    viewer.socket.send(Buffer.concat([length, header, bytesOf(job, output)]));
  }
}

let ticks = 0;
setInterval(() => {
  for (const job of jobs) job.advance(now());
  if (++ticks % 5 === 0) pushHistory(now());
  for (const viewer of viewers) {
    viewer.socket.send(JSON.stringify({ type: "status", ...status() }));
    viewer.socket.send(JSON.stringify({ type: "jobs", ...told() }));
    send(viewer);
  }
}, 1000);
setInterval(() => viewers.forEach(send), 200);

server.listen(port, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${server.address().port}`));
