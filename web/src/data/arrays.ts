// What is shown of a data array: an image, curves, a series over time, or a number.
import type { DataArray, Numbers, Variable } from "./da00";

/** One axis of a picture. `edges` has one element more than there are bins. */
export interface Axis {
  name: string;
  unit: string;
  edges: Float64Array;
  /** There is a coordinate; without one the edges are numbers of bins. */
  named: boolean;
}

/** Values in rows from low to high y; `x.edges.length - 1` columns. */
export interface Image {
  x: Axis;
  y: Axis;
  width: number;
  height: number;
  values: Numbers;
  unit: string;
  label: string;
}

export interface Curve {
  name: string;
  x: Axis;
  /** Middles of the bins, or the points themselves. */
  centres: Float64Array;
  /** The coordinate was given as edges of bins: the curve is drawn in steps. */
  steps: boolean;
  y: Numbers;
  errors: Numbers | null;
  unit: string;
  label: string;
}

export interface Series {
  /** Seconds since 1970, rising. */
  time: Float64Array;
  values: Float64Array;
  unit: string;
  label: string;
}

export type Shown = "scalar" | "curve" | "timeseries" | "image" | "volume";

export const withUnit = (name: string, unit: string) => (unit && unit !== "dimensionless" && unit !== "one" ? `${name} [${unit}]` : name);

const isTime = (v: Variable | undefined) => !!v && (v.unit.startsWith("datetime64") || (v.name === "time" && v.unit === "ns" && v.values[0] > 1e17));

const timeScale = (unit: string) => (/\bns\b/.test(unit) ? 1e-9 : /\b(us|µs|μs)\b/.test(unit) ? 1e-6 : /\bms\b/.test(unit) ? 1e-3 : 1);

/** How an array is shown. Spectra of several regions ("roi" by a spectral axis) are curves. */
export function shownAs({ data, coords }: DataArray): Shown {
  const rank = data.dims.length;
  if (rank === 0) return "scalar";
  if (rank === 1) return isTime(coords.get(data.dims[0])) ? "timeseries" : "curve";
  if (rank === 2) return data.dims[0] === "roi" ? "curve" : "image";
  return "volume";
}

function edgesOf(points: Numbers, bins: number): Float64Array {
  if (points.length === bins + 1) return Float64Array.from(points);
  const edges = new Float64Array(bins + 1);
  for (let i = 1; i < bins; ++i) edges[i] = (points[i - 1] + points[i]) / 2;
  const first = bins > 1 ? points[1] - points[0] : 1;
  const last = bins > 1 ? points[bins - 1] - points[bins - 2] : 1;
  edges[0] = points[0] - first / 2;
  edges[bins] = points[bins - 1] + last / 2;
  return edges;
}

/** The axis along a dimension: its coordinate, or else the numbers of the bins. */
export function axisOf({ data, coords }: DataArray, dimension: number): Axis {
  const name = data.dims[dimension];
  const plain = name.replaceAll("_", " ");
  const bins = data.shape[dimension];
  const coord = coords.get(name);
  if (coord && coord.dims.length === 1 && (coord.values.length === bins || coord.values.length === bins + 1) && bins > 0)
    return { name: coord.label || plain, unit: coord.unit, edges: edgesOf(coord.values, bins), named: true };
  return { name: plain, unit: "", edges: Float64Array.from({ length: bins + 1 }, (_, i) => i), named: false };
}

/** The image of an array of two dimensions, or slice number `slice` along the first of more. */
export function imageOf(array: DataArray, slice = 0): Image | null {
  const { data } = array;
  const rank = data.dims.length;
  if (rank < 2) return null;
  const [height, width] = data.shape.slice(-2);
  const size = width * height;
  const slices = size ? data.values.length / size : 0;
  if (!slices) return null;
  const at = Math.min(Math.max(0, Math.trunc(slice)), slices - 1) * size;
  return {
    x: axisOf(array, rank - 1),
    y: axisOf(array, rank - 2),
    width,
    height,
    values: slices === 1 ? data.values : data.values.subarray(at, at + size),
    unit: data.unit,
    label: data.label,
  };
}

/** How many images an array has, one above the other. */
export const slicesOf = ({ data }: DataArray) => data.shape.slice(0, -2).reduce((product, n) => product * n, 1);

/** The curves of an array: one, or one for each row. `name` says whose they are; rows are named by the coordinate. */
export function curvesOf(array: DataArray, name: string): Curve[] {
  const { data, errors, coords } = array;
  const rank = data.dims.length;
  if (rank < 1 || rank > 2) return [];
  const x = axisOf(array, rank - 1);
  const bins = data.shape[rank - 1];
  const coord = coords.get(data.dims[rank - 1]);
  const steps = coord?.values.length === bins + 1;
  const centres =
    coord && coord.values.length === bins
      ? Float64Array.from(coord.values)
      : Float64Array.from({ length: bins }, (_, i) => (x.edges[i] + x.edges[i + 1]) / 2);
  const rows = rank === 1 ? 1 : data.shape[0];
  const names = rank === 2 ? coords.get(data.dims[0]) : undefined;
  return Array.from({ length: rows }, (_, row) => ({
    name: rows === 1 && rank === 1 ? name : `${data.dims[0]} ${names ? names.values[row] : row}`,
    x,
    centres,
    steps,
    y: data.values.subarray(row * bins, (row + 1) * bins),
    errors: errors ? errors.subarray(row * bins, (row + 1) * bins) : null,
    unit: data.unit,
    label: data.label,
  }));
}

/** The samples of a series over time. */
export function seriesOf({ data, coords }: DataArray): Series | null {
  const time = data.dims.length === 1 ? coords.get(data.dims[0]) : undefined;
  if (!time || time.values.length !== data.values.length) return null;
  const scale = timeScale(time.unit);
  return {
    time: Float64Array.from(time.values, (t) => t * scale),
    values: Float64Array.from(data.values),
    unit: data.unit,
    label: data.label,
  };
}

/** Puts newer samples behind older ones. A sample of a time that is known replaces it; at most `most` are kept, the newest. */
export function mergeSeries(old: Series | null, more: Series, most = 20000): Series {
  if (!old || !old.time.length) return more;
  if (!more.time.length) return old;
  let keep = old.time.length;
  while (keep > 0 && old.time[keep - 1] >= more.time[0]) --keep;
  // Samples older than what came last are kept only if they are not given again.
  const total = keep + more.time.length;
  const skip = Math.max(0, total - most);
  const join = (a: Float64Array, b: Float64Array) => {
    const out = new Float64Array(total);
    out.set(a.subarray(0, keep));
    out.set(b, keep);
    return skip ? out.slice(skip) : out;
  };
  return { ...more, time: join(old.time, more.time), values: join(old.values, more.values) };
}

/** The bin that a value lies in, -1 if in none. Edges may rise or fall. */
export function binOf(edges: Float64Array, value: number): number {
  const bins = edges.length - 1;
  const up = edges[bins] >= edges[0];
  const inside = up ? value >= edges[0] && value < edges[bins] : value <= edges[0] && value > edges[bins];
  if (!inside) return -1;
  let low = 0;
  let high = bins;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (up ? edges[middle] <= value : edges[middle] >= value) low = middle;
    else high = middle;
  }
  return low;
}

export function sumOf(values: Numbers): number {
  let sum = 0;
  for (let i = 0; i < values.length; ++i) sum += values[i];
  return sum;
}
