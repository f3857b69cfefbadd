// What the tests of the page run against: the mock server, a real engine, or one that runs already.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modules, option, sleep } from "./browser.mjs";

const here = new URL(".", import.meta.url).pathname;
const root = join(here, "../..");

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function answers(url, seconds) {
  for (let i = 0; i < seconds * 10; ++i) {
    const good = await fetch(`${url}/api/v1/status`).then((r) => r.ok, () => false);
    if (good) return;
    await sleep(100);
  }
  throw new Error(`nothing answered at ${url} within ${seconds} s`);
}

/** A process that serves the page. `stop` ends it as a crash would; `start` brings another up at the same address. */
class Target {
  constructor(kind, url, command) {
    Object.assign(this, { kind, url, command, said: "" });
  }
  get restartable() {
    return this.command !== null;
  }
  async start() {
    if (this.command) {
      const [program, ...args] = this.command;
      this.child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
      for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (text) => (this.said = (this.said + text).slice(-4000)));
      this.child.on("error", (error) => (this.said += String(error)));
    }
    await answers(this.url, 60).catch((error) => {
      throw new Error(`${error.message}\n${this.said}`);
    });
  }
  async stop() {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGKILL");
    await ended;
  }
}

export async function target() {
  const given = option("url", "");
  if (given) return new Target("running", given.replace(/\/$/, ""), null);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = option("program", "");
  if (program)
    // As in the demonstration, with monitors and time series, and fewer events, for others use this machine, too.
    return new Target("engine", url, [program, `--config-file=${root}/tools/demo.conf`, "--services=detector_data,monitor_data,timeseries", `--rate=${option("rate", "2e6")}`, "--display=none", `--http-port=${port}`, `--metrics-port=${await freePort()}`]);
  const sources = option("mock", join(root, "web/mock"));
  return new Target("mock", url, [process.execPath, join(sources, "server.mjs"), `--port=${port}`, `--dist=${option("dist", join(modules, "dist"))}`]);
}

/** An engine with frames of an area detector in another size, beside the one that is tested. */
export async function areaDetector(program, folder, [height, width]) {
  const instrument = JSON.parse(readFileSync(join(root, "instruments/dummy.json"), "utf8"));
  instrument.area_detectors[0].simulated_shape = [height, width];
  const instruments = join(folder, "instruments");
  mkdirSync(instruments, { recursive: true });
  writeFileSync(join(instruments, "dummy.json"), JSON.stringify(instrument));
  const port = await freePort();
  return new Target("engine", `http://127.0.0.1:${port}`, [program, `--instrument-path=${instruments}`, "--instrument=dummy", "--services=detector_data", "--job-set=default", "--rate=1e4", "--display=none", `--http-port=${port}`]);
}

export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), "livedata-page-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
