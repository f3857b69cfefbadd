// The cases, each with a page of its own. A case throws if something is wrong, and returns a text if it was skipped.
// Those that only made-up data can show, because the simulator has no such thing, say so: { on: "mock" }.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { modules, option, require, sleep } from "./browser.mjs";
import { curvesOf, decode, imageOf, sumOf } from "./decoder.mjs";
import { areaDetector } from "./targets.mjs";
import { brightness, digest, order, profile, ringsOf } from "./pixels.mjs";

export const cases = [];
const test = (name, run, { on = "" } = {}) => cases.push({ name, run, on });

async function until(what, check, seconds = 15) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(100);
  }
}

const json = async (engine, path, init) => (await fetch(`${engine.url}/api/v1/${path}`, init)).json();
const jobsOf = async (engine) => (await json(engine, "jobs")).jobs;
const outputPath = (job, output, format) => `jobs/${encodeURIComponent(job.source)}/${job.job_number}/outputs/${output}?format=${format}`;
const arrayOf = async (engine, job, output) => decode(new Uint8Array(await (await fetch(`${engine.url}/api/v1/${outputPath(job, output, "da00")}`)).arrayBuffer()));
const isXy = (job) => /xy_projection/.test(job.workflow) && job.source === "loki_detector_0";
const xyJob = async (engine) => until("the projection of the rear bank has a result", async () => (await jobsOf(engine)).find((j) => isXy(j) && j.outputs.length));
const tile = (job) => `.tile[data-job="${job.id}"]`;
const viewOf = (job, output) => `#view/${encodeURIComponent(job.id)}/${output}`;

async function wall(page) {
  await page.waitForSelector(".tile canvas[data-sequence]");
}

async function enlarged(open, engine, output = "cumulative", find = isXy) {
  const job = await until("the job has a result", async () => (await jobsOf(engine)).find((j) => find(j) && j.outputs.some((o) => o.name === output)));
  const page = await open({ hash: viewOf(job, output) });
  await page.waitForSelector(".plot-canvas");
  await sleep(300);
  return { page, job };
}

/** Where a place of the image lies on the screen. */
async function mapping(page, image) {
  const box = await page.locator(".plot").first().boundingBox();
  const area = { left: 62, top: 12, width: box.width - 62 - 78, height: box.height - 12 - 46 };
  const [x0, x1] = [image.x.edges[0], image.x.edges.at(-1)];
  const [y0, y1] = [image.y.edges[0], image.y.edges.at(-1)];
  const per = Math.max((x1 - x0) / area.width, (y1 - y0) / area.height);
  return (x, y) => ({ x: box.x + area.left + area.width / 2 + (x - (x0 + x1) / 2) / per, y: box.y + area.top + area.height / 2 - (y - (y0 + y1) / 2) / per });
}

const pixelOf = async (page, engine, job, output, x, y) => (await mapping(page, imageOf(await arrayOf(engine, job, output))))(x, y);

test("all jobs are on the wall, in the instrument's order", async ({ engine, open }) => {
  const page = await open();
  await wall(page);
  const jobs = await jobsOf(engine);
  await until("a tile for each job", async () => (await page.locator(".tile").count()) === jobs.length);
  const detectors = jobs.filter((j) => j.service === "detector_data");
  assert.equal(detectors.length, 18);
  const sources = await page.$$eval(".tile-head b", (all) => all.map((b) => b.textContent).filter((s) => s.startsWith("loki_detector")).slice(0, 18));
  assert.deepEqual(sources, [...sources].sort(), "banks come in their order");
  const text = await page.locator(".figures").innerText();
  assert.match(text, /ev\/s/);
  assert.match(await page.locator(".health").innerText(), /\S/);
});

test("images change with every update", async ({ engine, open }) => {
  const job = await xyJob(engine);
  const page = await open();
  await wall(page);
  const canvas = `${tile(job)} canvas`;
  // The cumulative picture scales with its counts: the last update shows best that something moves.
  await page.click("button:text('Last update')");
  await page.waitForSelector(`${canvas}[data-sequence]`);
  const seen = new Set();
  for (let i = 0; i < 25; ++i, await sleep(200)) seen.add(await digest(page, canvas));
  assert.ok(seen.size >= 3, `${seen.size} different pictures within 5 s`);
});

test("the picture is as bright as the numbers say, and dark in the shadow of the beam stop", async ({ engine, open }) => {
  const { page, job } = await enlarged(open, engine);
  await page.selectOption(".looks select >> nth=0", "log");
  await sleep(400);
  const image = imageOf(await arrayOf(engine, job, "cumulative"));
  const picture = await brightness(page, ".plot-canvas");
  const box = await page.locator(".plot").first().boundingBox();
  const canvas = await page.locator(".plot-canvas").first().boundingBox();
  const at = await mapping(page, image);
  const middle = (edges, bin) => (edges[bin] + edges[bin + 1]) / 2;
  const seen = [];
  const shadow = [];
  for (let row = 0; row < image.height; row += 3)
    for (let column = 0; column < image.width; column += 3) {
      const count = image.values[row * image.width + column];
      const place = at(middle(image.x.edges, column), middle(image.y.edges, row));
      const [x, y] = [((place.x - canvas.x) * picture.width) / canvas.width, ((place.y - canvas.y) * picture.height) / canvas.height].map(Math.floor);
      const bright = picture.values[y * picture.width + x];
      if (bright === undefined) continue;
      if (count > 0 && bright !== null) seen.push([count, bright]);
      // What a logarithm has no colour for is not drawn.
      if (Math.hypot(middle(image.x.edges, column), middle(image.y.edges, row)) < 0.04) shadow.push(bright ?? 0);
    }
  assert.ok(box.width > 0 && seen.length > 500, `${seen.length} bins with counts are seen`);
  const alike = order(seen);
  assert.ok(alike > 0.9, `the order of brightness is that of counts: ${alike.toFixed(3)}`);
  const brightest = Math.max(...seen.map(([, b]) => b));
  assert.ok(shadow.length > 3 && shadow.every((b) => b < brightest / 2), `the middle is dark: ${shadow.map((b) => b.toFixed(2))} of ${brightest.toFixed(2)}`);
});

test("rings are in the pixels", async ({ engine, open }) => {
  const { page } = await enlarged(open, engine);
  await page.selectOption(".looks select >> nth=0", "log");
  await sleep(400);
  const picture = await brightness(page, ".plot-canvas");
  const [left, top, right, bottom] = [62, 12, picture.width - 78, picture.height - 46];
  const [cx, cy] = [(left + right) / 2, (top + bottom) / 2];
  const reach = Math.floor((bottom - top) / 2);
  const inside = { ...picture, values: picture.values.map((v, i) => (i % picture.width > left && i % picture.width < right ? v : null)) };
  const radial = profile(inside, cx, cy, reach);
  const rings = ringsOf(radial, 0.01);
  assert.ok(rings.length >= 2, `rings at ${rings} pixels; brightness by radius: ${radial.filter((_, i) => i % 10 === 0).map((v) => v?.toFixed(2))}`);
}, { on: "mock" });

test("a log scale shows more of what is weak", async ({ engine, open }) => {
  const { page } = await enlarged(open, engine);
  const mean = async () => {
    const { values } = await brightness(page, ".plot-canvas");
    const drawn = values.filter((v) => v !== null);
    return drawn.reduce((a, b) => a + b, 0) / drawn.length;
  };
  await page.selectOption(".looks select >> nth=0", "linear");
  await sleep(300);
  const linear = await mean();
  await page.selectOption(".looks select >> nth=0", "log");
  await sleep(300);
  assert.ok((await mean()) > linear * 1.05, "log is brighter");
  await page.selectOption(".looks select >> nth=0", "symlog");
  await page.selectOption(".looks select >> nth=1", "cividis");
  await page.reload();
  await page.waitForSelector(".plot-canvas");
  assert.deepEqual(await page.$$eval(".looks select", (all) => all.slice(0, 2).map((s) => s.value)), ["symlog", "cividis"], "it is remembered");
});

test("the read-out equals the numbers of the interface", async ({ engine, open }) => {
  const { page, job } = await enlarged(open, engine);
  const { x: columns, y: rows } = imageOf(await arrayOf(engine, job, "cumulative"));
  for (const [i, j] of [[0.64, 0.57], [0.28, 0.69]]) {
    const column = Math.floor(i * (columns.edges.length - 1));
    const row = Math.floor(j * (rows.edges.length - 1));
    const middle = (edges, bin) => (edges[bin] + edges[bin + 1]) / 2;
    const at = await pixelOf(page, engine, job, "cumulative", middle(columns.edges, column), middle(rows.edges, row));
    await page.mouse.move(at.x, at.y);
    await until(`the read-out of column ${column}, row ${row}`, async () => {
      const image = imageOf(await arrayOf(engine, job, "cumulative"));
      const text = await page.locator(".enlarged-body .read-out").first().innerText();
      return text.includes(`: ${Number(image.values[row * image.width + column].toPrecision(9))} `);
    });
  }
});

test("zoom by wheel, box and keys, and back", async ({ engine, open }) => {
  const { page } = await enlarged(open, engine);
  const showAll = page.locator("button:text('Show all')");
  assert.ok(await showAll.isDisabled());
  const { x, y, width, height } = await page.locator(".plot").boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.wheel(0, -400);
  await until("zoomed", () => showAll.isEnabled());
  await page.mouse.dblclick(x + width / 2, y + height / 2);
  await until("all is seen again", () => showAll.isDisabled());
  await page.keyboard.down("Shift");
  await page.mouse.move(x + width * 0.4, y + height * 0.4);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.6, y + height * 0.6, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up("Shift");
  await until("zoomed to a box", () => showAll.isEnabled());
  await page.locator(".plot").focus();
  await page.keyboard.press("0");
  await until("all is seen again", () => showAll.isDisabled());
});

test("a wrong parameter is shown at its field", async ({ engine, open }) => {
  if (!(await json(engine, "status")).control) return "the engine takes no commands here";
  const page = await open({ hash: "#jobs" });
  await page.click("button:text('Start a job')");
  await page.selectOption("#start-workflow", { label: "Tube View" });
  await page.click("summary:text('TOA edges')");
  await page.fill("[id='field-toa_edges.num_bins']", "0");
  await page.click("dialog button[type=submit]");
  assert.match(await page.locator("[id='field-toa_edges.num_bins-error']").innerText(), /1 to 10000/);
  // What only the engine knows is told at the field as well.
  await page.fill("[id='field-toa_edges.num_bins']", "50");
  await page.fill("[id='field-toa_edges.stop']", "-5");
  await page.click("dialog button[type=submit]");
  // What was wrong before stands there until the engine has answered.
  await page.waitForSelector("[id='field-toa_edges.num_bins-error']", { state: "detached" });
  const told = await page.waitForSelector("dialog details .error[role=alert]");
  assert.match(await told.innerText(), /greater|less|stop|start/);
  await page.keyboard.press("Escape");
  await until("the form is closed", async () => (await page.locator("dialog").count()) === 0);
});

test("a job is started, reset and stopped", async ({ engine, open }) => {
  if (!(await json(engine, "status")).control) return "the engine takes no commands here";
  const before = new Set((await jobsOf(engine)).map((j) => j.id));
  const page = await open({ hash: "#jobs" });
  await page.click("button:text('Start a job')");
  await page.selectOption("#start-workflow", { label: "Tube View" });
  await page.selectOption("#start-source", "loki_detector_3");
  await page.click("summary:text('TOA edges')");
  await page.fill("[id='field-toa_edges.num_bins']", "50");
  await page.click("dialog button[type=submit]");
  const job = await until("the engine has the job", async () => (await jobsOf(engine)).find((j) => !before.has(j.id)));
  assert.equal(job.params.toa_edges?.num_bins, 50);
  const row = page.locator(`tr[data-job="${job.id}"]`);
  await row.waitFor();
  await until("the job is active", async () => /active/.test(await row.innerText()));
  const total = async () => (await arrayOf(engine, job, "counts_total_cumulative")).data.values[0];
  await until("it counts", async () => (await jobsOf(engine)).find((j) => j.id === job.id).outputs.length > 0);
  const grown = await until("it has counted for some seconds", async () => {
    const now = await total();
    return now > 4 * (await arrayOf(engine, job, "counts_total")).data.values[0] && now;
  });
  await row.locator("button:text('Pause')").click();
  await until("the job is paused", async () => /paused/.test(await row.innerText()));
  await row.locator("button:text('Resume')").click();
  await until("it goes on", async () => /active/.test(await row.innerText()));
  await row.locator("button:text('Reset')").click();
  await until("it counts from zero", async () => (await total()) < grown);
  await row.locator("button:text('Stop')").click();
  await page.click("dialog button:text('Stop it')");
  await until("the job is gone", async () => {
    const now = (await jobsOf(engine)).find((j) => j.id === job.id);
    return !now || now.state === "stopped" || now.end_time;
  });
});

test("a region is drawn, moved and deleted, and its spectrum is the engine's", async ({ engine, open }) => {
  if (!(await json(engine, "status")).control) return "the engine takes no commands here";
  const { page, job } = await enlarged(open, engine);
  const regions = () => json(engine, `jobs/${encodeURIComponent(job.source)}/${job.job_number}/regions`);
  await page.click("button:text('Rectangle')");
  const from = await pixelOf(page, engine, job, "cumulative", -0.2, -0.1);
  const to = await pixelOf(page, engine, job, "cumulative", 0.25, 0.15);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 5 });
  await page.mouse.up();
  const [drawn] = await until("the engine has the region", async () => {
    const { rectangles } = await regions();
    return rectangles.length === 1 && rectangles;
  });
  for (const [name, value] of Object.entries({ x_min: -0.2, x_max: 0.25, y_min: -0.1, y_max: 0.15 })) assert.ok(Math.abs(drawn[name] - value) < 0.02, `${name} is ${drawn[name]}`);
  await page.waitForSelector(".spectra .plot-canvas");
  await until("the spectrum of the page is that of the engine", async () => {
    const shown = await page.getAttribute(".spectra", "data-sums");
    const curves = curvesOf(await arrayOf(engine, job, "roi_spectra_cumulative"), "");
    return curves.length === 1 && sumOf(curves[0].y) > 0 && Math.abs(Number(shown) - sumOf(curves[0].y)) <= 1e-6 * Number(shown);
  });
  // Someone else draws: it is seen here.
  await fetch(`${engine.url}/api/v1/jobs/${encodeURIComponent(job.source)}/${job.job_number}/regions`, {
    method: "PUT",
    headers: { "Content-Type": "application/json", Origin: engine.url },
    body: JSON.stringify({ rectangles: [drawn], polygons: [{ x: [-0.1, 0.1, 0], y: [0.2, 0.2, 0.3], x_unit: "m", y_unit: "m" }] }),
  });
  await until("a polygon drawn elsewhere is seen", async () => (await page.locator(".regions .region").count()) === 2);
  await page.fill("input[aria-label='Name of region 1']", "first ring");
  assert.match(await page.locator(".regions").innerHTML(), /first ring/);
  // Moved by hand, then by typing.
  const inside = await pixelOf(page, engine, job, "cumulative", 0.15, -0.05);
  await page.mouse.move(inside.x, inside.y);
  await page.mouse.down();
  await page.mouse.move(inside.x + 40, inside.y, { steps: 4 });
  await page.mouse.up();
  await until("the engine has it moved", async () => (await regions()).rectangles[0]?.x_min > drawn.x_min + 0.01);
  await page.locator(".bounds input").first().fill("-0.3");
  await page.keyboard.press("Enter");
  await until("the engine has the typed bound", async () => Math.abs((await regions()).rectangles[0]?.x_min + 0.3) < 1e-9);
  for (let i = 2; i > 0; --i) {
    await page.locator("button[aria-label^='Delete']").first().click();
    await until("one less", async () => (await page.locator(".regions .region").count()) === i - 1);
  }
  await until("the engine has none", async () => {
    const { rectangles, polygons } = await regions();
    return rectangles.length + polygons.length === 0;
  });
});

test("numbers and pictures are exported", async ({ engine, open, folder }) => {
  const { page, job } = await enlarged(open, engine);
  const get = async (text) => {
    await page.click("summary:text('Export')");
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator(".menu-list >> text=" + text).click()]);
    const path = join(folder, download.suggestedFilename());
    await download.saveAs(path);
    return path;
  };
  const png = readFileSync(await get("Picture"));
  assert.deepEqual([...png.subarray(1, 4)], [...Buffer.from("PNG")]);
  const csv = readFileSync(await get("CSV"), "utf8").trim().split("\n");
  const image = imageOf(await arrayOf(engine, job, "cumulative"));
  assert.equal(csv.length, image.width * image.height + 1);
  assert.deepEqual(csv[1].split(",").slice(0, 4).map(Number), [image.x.edges[0], image.x.edges[1], image.y.edges[0], image.y.edges[1]]);
  const specification = JSON.parse(readFileSync(await get("specification"), "utf8"));
  assert.equal(specification.workflow, job.workflow);
});

test("an export is opened with h5py", async ({ engine, open, folder }) => {
  if (engine.kind === "mock") return "the mock server has no HDF5";
  const python = join(process.env.LIVEDATA_DEPS ?? "/opt/livedata", "python/bin/python3");
  if (!existsSync(python)) return `there is no ${python}`;
  const { page, job } = await enlarged(open, engine);
  await page.click("summary:text('Export')");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(".menu-list >> text=HDF5")]);
  const path = join(folder, "export.h5");
  await download.saveAs(path);
  const script = `
import h5py, json, sys
f = h5py.File(sys.argv[1])
entries = []
f.visititems(lambda name, o: entries.append(name) if o.attrs.get("NX_class") in ("NXdata", b"NXdata") else None)
group = f[entries[0]]
signal = group[group.attrs["signal"]]
print(json.dumps({"shape": signal.shape, "sum": float(signal[()].sum()), "axes": [str(a) for a in group.attrs.get("axes", [])]}))
`;
  const told = JSON.parse(execFileSync(python, ["-c", script, path], { encoding: "utf8" }));
  const image = imageOf(await arrayOf(engine, job, "cumulative"));
  assert.deepEqual(told.shape, [image.height, image.width]);
  assert.ok(told.sum > 0 && told.sum <= sumOf(image.values));
});

test("curves: axes, errors, comparison", async ({ engine, open }) => {
  const job = (await jobsOf(engine)).find((j) => j.outputs.some((o) => o.kind === "curve" && !o.name.startsWith("roi_")));
  if (!job) return "there is no curve";
  const output = job.outputs.find((o) => o.kind === "curve" && !o.name.startsWith("roi_")).name;
  const page = await open({ hash: viewOf(job, output) });
  await page.waitForSelector(".plot-canvas");
  const before = await digest(page, ".plot-canvas");
  await page.selectOption(".looks select >> nth=1", "log");
  await sleep(300);
  assert.notEqual(await digest(page, ".plot-canvas"), before);
  if (await page.locator("summary:text('Compare')").count()) {
    await page.click("summary:text('Compare')");
    await page.locator(".menu-list.checks input").first().check();
    await page.waitForSelector(".legend li:nth-child(2)");
  }
  const { x, y, width, height } = await page.locator(".plot").boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await until("a read-out", async () => /:/.test(await page.locator(".read-out").innerText()));
});

test("an image of more than four million values comes as large as the screen, and whole once one zooms in", async ({ context, folder }) => {
  const shape = [2050, 2100];
  const other = await areaDetector(option("program", ""), folder, shape);
  await other.start();
  try {
    const job = await until("a frame of the area detector", async () => (await jobsOf(other)).find((j) => j.source === "area_panel" && j.outputs.some((o) => o.name === "cumulative")), 30);
    const page = await context.newPage();
    let largest = 0;
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => (largest = Math.max(largest, payload.length))));
    await page.goto(`${other.url}/${viewOf(job, "cumulative")}`);
    await page.waitForSelector(".plot-canvas");
    await sleep(2500);
    const whole = 4 * shape[0] * shape[1];
    assert.ok(largest > 100_000 && largest < whole / 2, `frames of ${largest} bytes came`);
    const { x, y, width, height } = await page.locator(".plot").boundingBox();
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.mouse.wheel(0, -400);
    await until("the whole image comes", () => largest > whole, 30);
    await until("a pixel of it is read out", async () => {
      const image = imageOf(await arrayOf(other, job, "cumulative"));
      const [, value] = (await page.locator(".enlarged-body .read-out").first().innerText()).match(/: ([\d.e+]+) /) ?? [];
      const middle = image.values.subarray(Math.floor(image.values.length * 0.4), Math.floor(image.values.length * 0.6));
      return value && middle.includes(Number(value));
    }, 30);
  } finally {
    await other.stop();
  }
}, { on: "engine" });

const hasSeries = (j) => j.outputs.some((o) => o.kind === "timeseries");

async function seriesJob(engine) {
  const there = (await jobsOf(engine)).find(hasSeries);
  if (there || !(await json(engine, "status")).control) return there;
  const { workflows } = await json(engine, "workflows");
  const readings = workflows.find(({ name, available }) => name === "timeseries_data" && available);
  if (!readings) return undefined;
  // Simulated logs have a sample a second.
  for (const source of readings.sources.slice(0, 3))
    await json(engine, "jobs", { method: "POST", headers: { "Content-Type": "application/json", Origin: engine.url }, body: JSON.stringify({ workflow: readings.id, source }) });
  return until("a series has samples", async () => (await jobsOf(engine)).find(hasSeries));
}

test("time series have real times, and samples from before the page was opened", async ({ engine, open }) => {
  const job = await seriesJob(engine);
  if (!job) return "there is no time series";
  const { name } = job.outputs.find((o) => o.kind === "timeseries");
  const samples = async () => (await arrayOf(engine, job, name)).data.values.length;
  await until("some samples came", async () => (await samples()) >= 4);
  const before = await samples();
  const page = await open({ hash: viewOf(job, name) });
  await page.waitForSelector(".strip canvas");
  const said = await page.locator(".read-out").innerText();
  const [, shown] = said.match(/^(\d+) samples since (?:\d\d:\d\d:\d\d|\d{4}-)/) ?? assert.fail(said);
  assert.ok(Number(shown) >= before, `${shown} samples are shown, and ${before} were there before`);
  await until("new samples come behind them", async () => Number((await page.locator(".read-out").innerText()).match(/^\d+/)) > Number(shown));
});

test("history and log", async ({ engine, open }) => {
  const page = await open({ hash: "#history" });
  await page.waitForSelector(".log li time");
  await until("strip charts", async () => (await page.locator(".strip canvas").count()) === 3, 30);
});

test("the arrangement is remembered and carried as a file", async ({ engine, open, folder, browser }) => {
  const page = await open();
  await wall(page);
  const keys = () => page.$$eval(".tile", (all) => all.map((t) => t.dataset.job));
  const before = await keys();
  await page.click("button:text('Arrange')");
  await page.locator(".tile-open").nth(1).focus();
  await page.keyboard.press("ArrowLeft");
  await until("the second is first", async () => (await keys())[0] === before[1]);
  await page.locator(".tile-hide").nth(2).click();
  await page.click("button:text('Done')");
  await page.reload();
  await wall(page);
  assert.equal((await keys())[0], before[1]);
  assert.equal((await keys()).length, before.length - 1);
  await page.click("button[aria-label=Settings]");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("dialog button:text('Save')")]);
  const path = join(folder, "arrangement.json");
  await download.saveAs(path);
  const other = await browser.newContext();
  const there = await open({ context: other });
  await wall(there);
  assert.equal((await there.$$eval(".tile", (all) => all.map((t) => t.dataset.job)))[0], before[0]);
  await there.click("button[aria-label=Settings]");
  await there.setInputFiles("dialog input[type=file]", path);
  await until("the other browser has it", async () => (await there.$$eval(".tile", (all) => all.map((t) => t.dataset.job)))[0] === before[1]);
  await other.close();
});

test("the engine is killed, and comes back", async ({ engine, open }) => {
  if (!engine.restartable) return "it was started elsewhere";
  const page = await open();
  await wall(page);
  await engine.stop();
  await until("the page says so", async () => /Connection lost \d+ .* ago; this is the picture of \d\d:\d\d:\d\d/.test(await page.locator(".health").innerText()), 20);
  assert.ok((await page.locator(".tile canvas[data-sequence]").count()) > 0, "the last pictures stay");
  await engine.start();
  await until("it goes on by itself", async () => !/lost/.test(await page.locator(".health").innerText()), 20);
  await until("new pictures come", async () => (await page.locator(".tile canvas[data-sequence]").count()) > 5, 20);
});

test("a telephone", async ({ engine, browser, open }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const page = await open({ context });
  await wall(page);
  const tooWide = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok((await tooWide()) <= 0, `the wall is too wide by ${await tooWide()}`);
  await page.locator(".tile-open:enabled").first().tap();
  await page.waitForSelector(".plot-canvas");
  assert.ok((await tooWide()) <= 0, `the view is too wide by ${await tooWide()}`);
  const box = await page.locator(".stage").first().boundingBox();
  assert.ok(box.height > 250, `the picture is ${box.height} high`);
  for (const hash of ["#jobs", "#history"]) {
    await page.goto(`${engine.url}/${hash}`);
    await sleep(500);
    assert.ok((await tooWide()) <= 0, `${hash} is too wide by ${await tooWide()}`);
  }
  await context.close();
});

test("by keyboard alone", async ({ engine, open }) => {
  const page = await open();
  await wall(page);
  const focused = () => page.evaluate(() => document.activeElement?.className + " " + document.activeElement?.tagName);
  for (let i = 0; i < 40 && !(await focused()).includes("tile-open"); ++i) await page.keyboard.press("Tab");
  assert.match(await focused(), /tile-open/);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".plot-canvas");
  for (let i = 0; i < 30 && !(await focused()).startsWith("plot "); ++i) await page.keyboard.press("Tab");
  assert.match(await focused(), /^plot /);
  await page.keyboard.press("ArrowRight");
  await until("values are read", async () => /:/.test(await page.locator(".read-out").first().innerText()));
  const first = await page.locator(".read-out").first().innerText();
  await page.keyboard.press("ArrowUp");
  await until("another value", async () => (await page.locator(".read-out").first().innerText()) !== first);
  await page.keyboard.press("Escape");
  await page.waitForSelector(".tile-open");
  await until("one is where one was", async () => (await focused()).includes("tile-open"));
  for (let i = 0; i < 80 && !/Jobs/.test(await page.evaluate(() => document.activeElement?.textContent ?? "")); ++i) await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector("table");
});

test("axe finds nothing serious", async ({ engine, open }) => {
  const source = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
  const job = await xyJob(engine);
  for (const hash of ["", viewOf(job, "cumulative"), "#jobs", "#history"]) {
    const page = await open({ hash });
    await page.waitForSelector("main > section");
    await sleep(1000);
    await page.evaluate(source);
    for (const scheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: scheme });
      await sleep(300);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
      const serious = violations.filter((v) => ["serious", "critical"].includes(v.impact));
      assert.deepEqual(serious.map((v) => `${hash || "wall"} ${scheme}: ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`), []);
    }
    await page.close();
  }
});

test("h5web shows the enlarged image, with one WebGL context", async ({ engine, open, figures }) => {
  const page = await open();
  await wall(page);
  const able = await page.evaluate(() => {
    const context = document.createElement("canvas").getContext("webgl2");
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    return !!context;
  });
  if (!able) return "this chromium has no WebGL";
  await page.evaluate(() => {
    const s = JSON.parse(localStorage.getItem("livedata.settings") ?? "null") ?? { version: 1 };
    localStorage.setItem("livedata.settings", JSON.stringify({ ...s, renderer: "webgl" }));
  });
  const job = await xyJob(engine);
  await page.goto(`${engine.url}/${viewOf(job, "cumulative")}`);
  await page.reload();
  await page.waitForSelector(".webgl canvas", { timeout: 30000 });
  const contexts = await page.$$eval("canvas", (all) => all.filter((c) => c.getAttribute("data-engine")).length);
  assert.equal(contexts, 1);
  await sleep(1500);
  const shot = await page.locator(".webgl canvas").screenshot();
  assert.ok(shot.length > 5000, "something is drawn");
  if (!(await json(engine, "status")).control) return;
  // Nothing new comes, so that two pictures of the same are the same.
  const act = (what) => json(engine, `jobs/${encodeURIComponent(job.source)}/${job.job_number}/${what}`, { method: "POST", headers: { "Content-Type": "application/json", Origin: engine.url }, body: "{}" });
  await act("pause");
  await sleep(2000);
  const exported = async () => {
    await page.click("summary:text('Export')");
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator(".menu-list >> text=Picture").click()]);
    return readFileSync(await download.path());
  };
  const showAll = page.locator("button:text('Show all')");
  assert.ok(await showAll.isDisabled());
  const whole = await exported();
  const { x, y, width, height } = await page.locator(".webgl canvas").boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.wheel(0, -300);
  await until("its zoom is known", () => showAll.isEnabled());
  assert.ok(!whole.equals(await exported()), "the exported picture follows the zoom");
  await showAll.click();
  await until("all is seen again", () => showAll.isDisabled());
  assert.ok(whole.equals(await exported()), "the exported picture has everything again");
  await act("resume");
});

test("without WebGL everything is shown", async ({ engine, open, context }) => {
  await context.addInitScript(() => {
    const original = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
      return /webgl/.test(kind) ? null : original.call(this, kind, ...more);
    };
  });
  const { page } = await enlarged(open, engine);
  assert.ok((await page.locator(".plot-canvas").count()) >= 1);
  await page.click("button[aria-label=Settings]");
  assert.match(await page.locator("dialog").innerText(), /plain canvas/);
});

test("the first paint comes within a second", async ({ open, figures }) => {
  const page = await open();
  const paint = await until("a paint", () => page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime));
  figures.first_paint_ms = Math.round(paint);
  assert.ok(paint < 1000, `${paint} ms`);
  await wall(page);
  const shifted = await page.evaluate(() => new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((e) => (sum += e.hadRecentInput ? 0 : e.value))).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(sum), 2500);
  }));
  figures.layout_shift = Number(shifted.toFixed(4));
  assert.ok(shifted < 0.1, `the layout jumps: ${shifted}`);
});

test("24 thumbnails leave the main thread free", async ({ engine, open, browser, figures }) => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1300 } });
  const page = await open({ context });
  await wall(page);
  await sleep(3000);
  const shown = await page.locator(".tile canvas[data-sequence]").count();
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "timeTicks" });
  const metrics = async () => Object.fromEntries((await session.send("Performance.getMetrics")).metrics.map((m) => [m.name, m.value]));
  const before = await metrics();
  await sleep(6000);
  const after = await metrics();
  const busy = (after.TaskDuration - before.TaskDuration) / (after.Timestamp - before.Timestamp);
  figures.thumbnails = shown;
  figures.main_thread_busy_percent = Number((busy * 100).toFixed(1));
  assert.ok(busy < 0.2, `the main thread is busy ${(busy * 100).toFixed(1)} % of the time with ${shown} thumbnails`);
  await context.close();
});

test("from a result to pixels on the screen", async ({ engine, open, context, figures }) => {
  // From the time at which an update reaches the browser to the frame after it was drawn.
  await context.addInitScript(() => {
    const came = new Map();
    globalThis.delays = [];
    const Original = WebSocket;
    globalThis.WebSocket = class extends Original {
      constructor(...args) {
        super(...args);
        this.addEventListener("message", ({ data }) => {
          if (typeof data === "string") return;
          const length = new DataView(data).getUint32(0, true);
          const { job, output, time } = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
          const begin = performance.now();
          came.set(`${job} ${output}`, begin);
          requestAnimationFrame(() => setTimeout(() => globalThis.delays.push([performance.now() - begin, Date.now() / 1000 - time]), 0));
        });
      }
    };
  });
  const page = await open();
  await wall(page);
  await sleep(4000);
  const delays = await page.evaluate(() => globalThis.delays);
  const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
  assert.ok(delays.length > 20, `${delays.length} updates`);
  figures.update_to_pixels_ms = Number(median(delays.map(([d]) => d)).toFixed(1));
  figures.data_to_pixels_s = Number(median(delays.map(([, t]) => t)).toFixed(3));
  assert.ok(figures.update_to_pixels_ms < 500);
});
