// Plausible data of LOKI for the mock server: what grows, and what is made of it.
import { readFileSync } from "node:fs";
import { randomUUID } from "node:crypto";

export const workflows = JSON.parse(readFileSync(new URL("workflows.json", import.meta.url), "utf8"));

const bankOf = (i) => [{ w: 144, h: 144, x: [-0.72, 0.72], y: [-0.72, 0.72] }, { w: 108, h: 36, x: [-0.6, 0.6], y: [0.42, 0.86] }, { w: 36, h: 108, x: [0.42, 0.86], y: [-0.6, 0.6] }][i === 0 ? 0 : i % 2 ? 1 : 2];
const edges = ([a, b], n) => Float64Array.from({ length: n + 1 }, (_, i) => a + ((b - a) * i) / n);
const bins = 100;
const toaEdges = edges([0, 71.43], bins);

/** Rings around the beam and the shadow of the beam stop. */
function intensity(x, y) {
  const r = Math.hypot(x, y);
  if (r < 0.07) return 0.02;
  return Math.exp(-r * 3.2) + 0.35 * Math.exp(-(((r - 0.3) / 0.02) ** 2)) + 0.2 * Math.exp(-(((r - 0.52) / 0.02) ** 2)) + 0.02;
}

const spectrum = Float64Array.from({ length: bins }, (_, i) => {
  const t = (i + 0.5) / bins;
  return t ** 2 * Math.exp(-t * 7) * 40 + 0.01;
});
const spectrumSum = spectrum.reduce((a, b) => a + b, 0);

/** About Poisson: good enough to look at. */
const noisy = (mean) => Math.max(0, Math.round(mean + Math.sqrt(mean) * (Math.random() + Math.random() + Math.random() - 1.5) * 1.2));

class Counts {
  constructor(dims, shape, coords, rate, unit = "counts") {
    Object.assign(this, { dims, shape, coords, unit });
    const total = rate.reduce((a, b) => a + b, 0);
    this.rate = rate.map((v) => v / total);
    this.reset();
  }
  reset() {
    this.all = new Float64Array(this.rate.length);
    this.last = new Float64Array(this.rate.length);
  }
  add(events) {
    for (let i = 0; i < this.rate.length; ++i) this.all[i] += this.last[i] = noisy(this.rate[i] * events);
  }
}

const coord = (name, unit, values, dims = [name]) => ({ name, unit, dims, shape: [values.length], values });
const scalar = (value) => ({ dims: [], shape: [], unit: "counts", label: "", values: Float64Array.of(value), coords: [] });
const array = (counts, which, label) => ({ dims: counts.dims, shape: counts.shape, unit: counts.unit, label, values: counts[which], coords: counts.coords });

function detectorCounts(workflow, bank) {
  const { w, h, x, y } = bankOf(bank);
  if (workflow === "tube_view") {
    const tubes = bank === 0 ? 56 : 16 + 4 * (bank % 3);
    const rate = Float64Array.from({ length: 4 * tubes }, (_, i) => intensity(0, ((i % tubes) / tubes - 0.5) * 1.4) * (1 - 0.12 * Math.floor(i / tubes)));
    return new Counts(["layer", "tube"], [4, tubes], [], rate);
  }
  const xe = edges(x, w);
  const ye = edges(y, h);
  const rate = Float64Array.from({ length: w * h }, (_, i) => intensity((xe[i % w] + xe[(i % w) + 1]) / 2, (ye[Math.floor(i / w)] + ye[Math.floor(i / w) + 1]) / 2));
  return new Counts(["y", "x"], [h, w], [coord("x", "m", xe), coord("y", "m", ye)], rate);
}

export class Job {
  constructor({ workflow, source, params = {}, aux_source_names = {} }, startTime) {
    const w = workflows.find(({ id }) => id === workflow);
    Object.assign(this, { workflow, source, params, aux_source_names, name: w.name, title: w.title, service: w.service });
    this.job_number = randomUUID();
    this.id = `${source}/${this.job_number}`;
    this.state = "active";
    this.text = "";
    this.start_time = startTime;
    this.regions = { rectangles: [], polygons: [] };
    this.number = Number(source.match(/\d+$/)?.[0] ?? 0);
    this.sequence = 0;
    this.time = startTime;
    this.begin();
  }

  begin() {
    if (this.service === "detector_data") {
      this.counts = detectorCounts(this.name, this.number);
      this.share = this.number === 0 ? 4e6 : 7.5e5;
    } else if (this.service === "monitor_data") {
      const rate = spectrum.map((v, i) => v * (1 + 0.3 * Math.sin(i / (3 + this.number))));
      this.counts = new Counts(["time_of_arrival"], [bins], [coord("time_of_arrival", "ms", toaEdges)], rate);
      this.share = 2e5 / (1 + this.number);
    } else if (this.service === "timeseries") {
      this.samples = { time: [], value: [] };
      this.share = 0;
      for (let i = 120; i > 0; --i) this.sample(this.start_time - i * 5);
    } else this.share = 5e5;
  }

  sample(t) {
    this.samples.time.push(t);
    this.samples.value.push(5 + 2 * Math.sin(t / 60 + this.source.length) + 0.05 * Math.random());
  }

  advance(now) {
    if (this.paused) return;
    ++this.sequence;
    this.time = now;
    if (this.counts) this.counts.add(this.share);
    if (this.samples) this.sample(now);
  }

  /** A paused job is one with a warning, as the engine tells it. */
  pause(paused) {
    this.paused = paused;
    this.state = paused ? "warning" : "active";
    this.text = paused ? "Paused: takes no data until it is resumed." : "";
  }

  reset() {
    this.counts?.reset();
    this.start_time = Date.now() / 1000;
  }

  /** The arrays of all outputs by name. */
  outputs() {
    if (this.samples) {
      const { time, value } = this.samples;
      const stamps = BigInt64Array.from(time, (t) => BigInt(Math.round(t * 1e6)) * 1000n);
      return { delta: { dims: ["time"], shape: [time.length], unit: "mm", label: "", values: Float64Array.from(value), coords: [coord("time", "datetime64[ns]", stamps)] } };
    }
    if (!this.counts) {
      const q = Float64Array.from({ length: 41 }, (_, i) => 0.005 * 60 ** (i / 40));
      const values = Float64Array.from({ length: 40 }, (_, i) => 12 / (1 + (q[i] / 0.02) ** 3) + 0.05 + Math.random() * 0.02);
      return { i_of_q: { dims: ["Q"], shape: [40], unit: "1/cm", label: "I(Q)", values, errors: values.map((v) => 0.08 * Math.sqrt(v)), coords: [coord("Q", "1/Å", q)] } };
    }
    const total = (which) => scalar(this.counts[which].reduce((a, b) => a + b, 0));
    const out = {
      cumulative: array(this.counts, "all", "Image"),
      current: array(this.counts, "last", "Image update"),
      counts_total: total("last"),
      counts_total_cumulative: total("all"),
    };
    if (this.service === "detector_data") Object.assign(out, { roi_spectra_cumulative: this.spectra("all"), roi_spectra_current: this.spectra("last"), ...this.readbacks() });
    return out;
  }

  inRegion(region, x, y) {
    if ("x_min" in region) return x >= region.x_min && x < region.x_max && y >= region.y_min && y < region.y_max;
    let inside = false;
    for (let i = 0, j = region.x.length - 1; i < region.x.length; j = i++)
      if (region.y[i] > y !== region.y[j] > y && x < ((region.x[j] - region.x[i]) * (y - region.y[i])) / (region.y[j] - region.y[i]) + region.x[i]) inside = !inside;
    return inside;
  }

  spectra(which) {
    const { shape: [h, w], coords } = this.counts;
    const find = (name, n) => coords.find((c) => c.name === name)?.values ?? Float64Array.from({ length: n + 1 }, (_, i) => i);
    const [xe, ye] = [find("x", w), find("y", h)];
    const regions = [...this.regions.rectangles.map((r, i) => [r.index ?? i, r]), ...this.regions.polygons.map((p, i) => [p.index ?? i + 4, p])];
    const values = new Float64Array(regions.length * bins);
    regions.forEach(([, region], row) => {
      let sum = 0;
      for (let j = 0; j < h; ++j) for (let i = 0; i < w; ++i) if (this.inRegion(region, (xe[i] + xe[i + 1]) / 2, (ye[j] + ye[j + 1]) / 2)) sum += this.counts[which][j * w + i];
      for (let k = 0; k < bins; ++k) values[row * bins + k] = (sum * spectrum[k]) / spectrumSum;
    });
    return {
      dims: ["roi", "time_of_arrival"], shape: [regions.length, bins], unit: "counts", label: "ROI spectra", values,
      coords: [coord("time_of_arrival", "ms", toaEdges), coord("roi", "dimensionless", Int32Array.from(regions, ([n]) => n))],
    };
  }

  readbacks() {
    const make = (dim, list) => {
      const points = list.flatMap((r, i) => ("x_min" in r ? [[r.x_min, r.y_min, i], [r.x_max, r.y_max, i]] : r.x.map((x, k) => [x, r.y[k], i + 4])));
      return {
        dims: [dim], shape: [points.length], unit: "dimensionless", label: "", values: new Int32Array(points.length).fill(1),
        coords: [coord("x", "m", Float64Array.from(points, (p) => p[0]), [dim]), coord("y", "m", Float64Array.from(points, (p) => p[1]), [dim]), coord("roi_index", "dimensionless", Int32Array.from(points, (p) => p[2]), [dim])],
      };
    };
    return { roi_rectangle: make("bounds", this.regions.rectangles), roi_polygon: make("vertex", this.regions.polygons) };
  }

  told() {
    const { id, source, job_number, workflow, title, service, state, text, start_time, params, aux_source_names } = this;
    const kindOf = (name, a) => (name === "delta" ? "timeseries" : a.dims.length === 0 ? "scalar" : a.dims.length === 1 || a.dims[0] === "roi" ? "curve" : a.dims.length === 2 ? "image" : "volume");
    const outputs = this.sequence
      ? Object.entries(this.outputs()).map(([name, a]) => ({ name, dims: a.dims, shape: a.shape, unit: a.unit, dtype: a.values.constructor.name.replace("Array", "").toLowerCase(), kind: kindOf(name, a), time: this.time }))
      : [];
    const running = !this.paused;
    return { id, source, job_number, workflow, title, service, state, text, lag_s: running ? 0.16 : null, events_per_s: running ? this.share : 0, start_time, end_time: null, params, aux_source_names, outputs };
  }
}

export function defaultJobs(now) {
  const of = (name) => workflows.find((w) => w.name === name);
  const make = (name, sources) => sources.map((source) => new Job({ workflow: of(name).id, source }, now));
  const banks = of("tube_view").sources;
  return [
    ...banks.flatMap((source) => ["detector_xy_projection", "tube_view"].flatMap((name) => make(name, [source]))),
    ...make("monitor_histogram", of("monitor_histogram").sources),
    ...make("i_of_q", banks.slice(0, 2)),
    ...make("timeseries_data", of("timeseries_data").sources.slice(0, 3)),
  ];
}
