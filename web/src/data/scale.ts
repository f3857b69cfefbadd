// Scales from numbers to 0…1, ranges of colours, and ticks.
import type { Numbers } from "./da00";

export type ScaleType = "linear" | "log" | "symlog";
export type Range = [number, number];

const symlog = (v: number) => Math.sign(v) * Math.log1p(Math.abs(v));
const identity = (v: number) => v;

/** The function that a scale applies before it is linear. Symlog is linear around zero, with the constant 1. */
export const transformOf = (type: ScaleType): ((v: number) => number) => (type === "log" ? Math.log : type === "symlog" ? symlog : identity);
export const inverseOf = (type: ScaleType): ((v: number) => number) =>
  type === "log" ? Math.exp : type === "symlog" ? (v) => Math.sign(v) * Math.expm1(Math.abs(v)) : identity;

/** At most `most` finite numbers of an array (for log: positive ones), evenly taken, sorted. */
function sampled(values: Numbers, positive: boolean, most: number): Float64Array {
  const step = Math.max(1, Math.ceil(values.length / most));
  const out = new Float64Array(Math.ceil(values.length / step));
  let n = 0;
  for (let i = 0; i < values.length; i += step) {
    const v = values[i];
    if (Number.isFinite(v) && (!positive || v > 0)) out[n++] = v;
  }
  return out.subarray(0, n).sort();
}

/** Least and greatest finite number; for log of the positive ones. null: there is none. */
export function extent(values: Numbers, positive = false): Range | null {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; ++i) {
    const v = values[i];
    if (!Number.isFinite(v) || (positive && v <= 0)) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low <= high ? [low, high] : null;
}

/**
 * A range that a scale can show: from the lower to the upper percentile (0…100), widened where both are the same.
 * With 0 and 100 these are the extremes of all values. Without any number it is [0, 1] (log: [1, 10]).
 */
export function percentileRange(values: Numbers, type: ScaleType, lower: number, upper: number): Range {
  const positive = type === "log";
  const all = extent(values, positive);
  if (!all) return positive ? [1, 10] : [0, 1];
  let [low, high] = all;
  if (lower > 0 || upper < 100) {
    const sorted = sampled(values, positive, 20000);
    const at = (p: number) => sorted[Math.round(((sorted.length - 1) * p) / 100)];
    if (sorted.length) {
      if (lower > 0) low = at(lower);
      // Where nearly all is zero, what little there is should still be seen.
      if (upper < 100 && at(upper) > low) high = at(upper);
    }
  }
  return validRange([low, high], type);
}

/** The nearest range that is not empty and that the scale can show. */
export function validRange([low, high]: Range, type: ScaleType): Range {
  if (type === "log") {
    if (!(high > 0)) return [1, 10];
    if (!(low > 0)) low = high > 1 ? Math.min(1, high / 10) : high / 1000;
    return low < high ? [low, high] : [low / 2, low * 2];
  }
  if (low < high) return [low, high];
  return low === 0 ? [0, 1] : low > 0 ? [0, low] : [low, 0];
}

/** Fills `out` with colours of a table of 256; what the scale cannot show (not finite; for log not positive) is transparent. */
export function colourise(values: Numbers, out: Uint32Array, table: Uint32Array, type: ScaleType, [low, high]: Range): void {
  const f = transformOf(type);
  const begin = f(low);
  const factor = 255.999 / (f(high) - begin);
  const n = values.length;
  if (type === "linear") {
    for (let i = 0; i < n; ++i) {
      const t = (values[i] - begin) * factor;
      out[i] = t !== t ? 0 : table[t < 0 ? 0 : t > 255 ? 255 : t | 0];
    }
    return;
  }
  const positive = type === "log";
  // Counts repeat from pixel to pixel, and a logarithm costs more than a comparison.
  let last = NaN;
  let colour = 0;
  for (let i = 0; i < n; ++i) {
    const v = values[i];
    if (v !== last) {
      last = v;
      const t = positive && !(v > 0) ? NaN : (f(v) - begin) * factor;
      colour = t !== t ? 0 : table[t < 0 ? 0 : t > 255 ? 255 : t | 0];
    }
    out[i] = colour;
  }
}

function linearTicks(low: number, high: number, about: number): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const raw = span / Math.max(1, about);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999) ?? raw;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i) ticks.push(i === 0 ? 0 : Number((i * step).toPrecision(12)));
  return ticks;
}

function logTicks(low: number, high: number, about: number): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  if (last - first <= 1.5 && high / low < 5) return linearTicks(low, high, about);
  const every = Math.max(1, Math.ceil((last - first) / Math.max(1, about)));
  const multiples = every > 1 || last - first > about / 2 ? [1] : last - first > about / 3 ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  for (let e = first; e <= last; e += every)
    for (const m of multiples) {
      const t = Number(`${m}e${e}`);
      if (t >= low * 0.9999 && t <= high * 1.0001) ticks.push(t);
    }
  return ticks;
}

function symlogTicks(low: number, high: number, about: number): number[] {
  const most = Math.max(Math.abs(low), Math.abs(high));
  if (most <= 5) return linearTicks(low, high, about);
  const decades = Math.ceil(Math.log10(most));
  const every = Math.max(1, Math.ceil(decades / Math.max(1, about - 1)));
  const ticks = [0];
  for (let e = 0; e <= decades; e += every) ticks.push(10 ** e, -(10 ** e));
  return ticks.filter((t) => t >= low && t <= high).sort((a, b) => a - b);
}

/** Round numbers from low to high, about as many as told. */
export function ticksOf(type: ScaleType, [a, b]: Range, about: number): number[] {
  const [low, high] = a < b ? [a, b] : [b, a];
  if (type === "log" && low > 0) return logTicks(low, high, about);
  return type === "symlog" ? symlogTicks(low, high, about) : linearTicks(low, high, about);
}
