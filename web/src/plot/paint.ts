// Paints axes, images and curves on a plain canvas.
import type { Curve, Image } from "../data/arrays";
import { withUnit } from "../data/arrays";
import { colourTable, type ColourMap } from "../data/colour";
import { short, tick } from "../data/format";
import { colourise, inverseOf, ticksOf, transformOf, type Range, type ScaleType } from "../data/scale";

/** A part of the axes: what is seen. */
export interface View { x: Range; y: Range }
export interface Area { left: number; top: number; width: number; height: number }

/** From numbers of an axis to pixels and back. */
export interface AxisMap {
  type: ScaleType;
  range: Range;
  pixel: (value: number) => number;
  value: (pixel: number) => number;
}
export interface Maps { x: AxisMap; y: AxisMap; area: Area }

export interface Inks { text: string; faint: string; grid: string; background: string; empty: string; font: string }

function axisMap(type: ScaleType, range: Range, begin: number, end: number): AxisMap {
  const f = transformOf(type);
  const back = inverseOf(type);
  const low = f(range[0]);
  const factor = (end - begin) / (f(range[1]) - low);
  return { type, range, pixel: (v) => begin + (f(v) - low) * factor, value: (p) => back(low + (p - begin) / factor) };
}

export const mapsOf = (view: View, area: Area, xType: ScaleType, yType: ScaleType): Maps => ({
  x: axisMap(xType, view.x, area.left, area.left + area.width),
  y: axisMap(yType, view.y, area.top + area.height, area.top),
  area,
});

/** Widens one side of a view so that a unit has the same length along both. */
export function withEqualUnits({ x, y }: View, area: Area): View {
  const perX = (x[1] - x[0]) / area.width;
  const perY = (y[1] - y[0]) / area.height;
  const widen = ([a, b]: Range, to: number): Range => [(a + b) / 2 - to / 2, (a + b) / 2 + to / 2];
  return Math.abs(perX) > Math.abs(perY) ? { x, y: widen(y, Math.abs(perX) * area.height) } : { x: widen(x, Math.abs(perY) * area.width), y };
}

const marginOf = { left: 62, right: 14, top: 12, bottom: 46 };
export const colourBarWidth = 78;

export function areaOf(width: number, height: number, colourBar: boolean): Area {
  const narrow = width < 480;
  const left = narrow ? 48 : marginOf.left;
  const right = colourBar ? (narrow ? 62 : colourBarWidth) : marginOf.right;
  return { left, top: marginOf.top, width: Math.max(20, width - left - right), height: Math.max(20, height - marginOf.top - marginOf.bottom) };
}

export function paintAxes(c: CanvasRenderingContext2D, { x, y, area }: Maps, xLabel: string, yLabel: string, inks: Inks, grid: boolean): void {
  const bottom = area.top + area.height;
  const right = area.left + area.width;
  c.save();
  c.font = `12px ${inks.font}`;
  c.lineWidth = 1;
  const xTicks = ticksOf(x.type, x.range, Math.max(2, area.width / 90));
  const yTicks = ticksOf(y.type, y.range, Math.max(2, area.height / 55));
  if (grid) {
    c.strokeStyle = inks.grid;
    c.beginPath();
    for (const t of xTicks) line(c, crisp(x.pixel(t)), area.top, crisp(x.pixel(t)), bottom);
    for (const t of yTicks) line(c, area.left, crisp(y.pixel(t)), right, crisp(y.pixel(t)));
    c.stroke();
  }
  c.strokeStyle = inks.faint;
  c.strokeRect(crisp(area.left), crisp(area.top), Math.round(area.width), Math.round(area.height));
  c.beginPath();
  for (const t of xTicks) line(c, crisp(x.pixel(t)), bottom, crisp(x.pixel(t)), bottom + 5);
  for (const t of yTicks) line(c, area.left - 5, crisp(y.pixel(t)), area.left, crisp(y.pixel(t)));
  c.stroke();
  c.fillStyle = inks.text;
  c.textAlign = "center";
  c.textBaseline = "top";
  for (const t of xTicks) c.fillText(tick(t), x.pixel(t), bottom + 8);
  c.textAlign = "right";
  c.textBaseline = "middle";
  const narrow = area.left < 60;
  for (const t of yTicks) c.fillText(narrow ? short(t) : tick(t), area.left - 8, y.pixel(t));
  c.textAlign = "center";
  c.textBaseline = "alphabetic";
  c.font = `13px ${inks.font}`;
  c.fillText(xLabel, area.left + area.width / 2, bottom + 38);
  if (narrow) {
    // No room beside the numbers: the name stands in the picture.
    c.textAlign = "left";
    c.fillStyle = inks.faint;
    if (grid) c.fillText(yLabel, area.left + 8, area.top + 16);
    c.restore();
    return;
  }
  c.translate(14, area.top + area.height / 2);
  c.rotate(-Math.PI / 2);
  c.fillText(yLabel, 0, 0);
  c.restore();
}

const crisp = (v: number) => Math.round(v) + 0.5;

function line(c: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number) {
  c.moveTo(x0, y0);
  c.lineTo(x1, y1);
}

/** For each pixel along an axis the bin that is there, -1 for none. */
function binsAlong(map: AxisMap, edges: Float64Array, begin: number, count: number, ratio: number): Int32Array {
  const bins = edges.length - 1;
  const up = edges[bins] >= edges[0];
  const out = new Int32Array(count).fill(-1);
  let bin = -1;
  for (let i = 0; i < count; ++i) {
    const v = map.value(begin + (i + 0.5) / ratio);
    if (up ? v < edges[0] || v >= edges[bins] : v > edges[0] || v <= edges[bins]) continue;
    if (bin < 0 || (up ? v < edges[bin] : v > edges[bin])) bin = 0;
    while (bin < bins - 1 && (up ? v >= edges[bin + 1] : v <= edges[bin + 1])) ++bin;
    out[i] = bin;
  }
  return out;
}

/** The colours of an image's values, kept until the values or the colours are others. */
export class Coloured {
  private colours = new Uint32Array(0);
  private made: unknown[] = [];

  of(image: Image, map: ColourMap, scale: ScaleType, range: Range): Uint32Array {
    const now = [image.values, map, scale, range[0], range[1]];
    if (now.some((v, i) => v !== this.made[i])) {
      if (this.colours.length !== image.values.length) this.colours = new Uint32Array(image.values.length);
      colourise(image.values, this.colours, colourTable(map), scale, range);
      this.made = now;
    }
    return this.colours;
  }
}

const scratch = typeof document === "undefined" ? null : document.createElement("canvas");

/** Paints the part of an image that is seen, each pixel of the screen in the colour of the bin that is there. */
export function paintImage(c: CanvasRenderingContext2D, { x, y, area }: Maps, image: Image, colours: Uint32Array, ratio: number): void {
  const width = Math.round(area.width * ratio);
  const height = Math.round(area.height * ratio);
  const columns = binsAlong(x, image.x.edges, area.left, width, ratio);
  // The vertical axis points up: seen from below, its bins come in the same order as those of the other.
  const fromBelow = { ...y, value: (p: number) => y.value(2 * area.top + area.height - p) };
  const rows = binsAlong(fromBelow, image.y.edges, area.top, height, ratio).reverse();
  const pixels = new ImageData(width, height);
  const out = new Uint32Array(pixels.data.buffer);
  for (let j = 0; j < height; ++j) {
    if (rows[j] < 0) continue;
    const from = rows[j] * image.width;
    const to = j * width;
    for (let i = 0; i < width; ++i) if (columns[i] >= 0) out[to + i] = colours[from + columns[i]];
  }
  scratch!.width = width;
  scratch!.height = height;
  scratch!.getContext("2d")!.putImageData(pixels, 0, 0);
  c.drawImage(scratch!, area.left, area.top, area.width, area.height);
}

export function paintColourBar(c: CanvasRenderingContext2D, area: Area, map: ColourMap, scale: ScaleType, range: Range, label: string, inks: Inks): void {
  const left = area.left + area.width + 12;
  const width = 12;
  const along = axisMap(scale, range, area.top + area.height, area.top);
  const table = colourTable(map);
  for (let i = 0; i < area.height; ++i) {
    const [r, g, b] = [0, 8, 16].map((shift) => (table[Math.min(255, Math.floor((1 - (i + 0.5) / area.height) * 256))] >> shift) & 255);
    c.fillStyle = `rgb(${r},${g},${b})`;
    c.fillRect(left, area.top + i, width, 1.5);
  }
  c.save();
  c.strokeStyle = inks.faint;
  c.strokeRect(left - 0.5, area.top + 0.5, width + 1, area.height);
  c.font = `11px ${inks.font}`;
  c.fillStyle = inks.text;
  c.textBaseline = "middle";
  const narrow = area.left < 60;
  for (const t of ticksOf(scale, range, Math.max(2, area.height / 55))) {
    c.fillRect(left + width, Math.round(along.pixel(t)), 4, 1);
    c.fillText(narrow ? short(t) : tick(t), left + width + 7, along.pixel(t));
  }
  c.textAlign = "right";
  c.textBaseline = "alphabetic";
  c.fillText(label, area.left + area.width + (narrow ? 58 : 72), area.top + area.height + 18);
  c.restore();
}

/** Paints curves over each other. Points that the axes cannot show leave gaps. */
export function paintCurves(c: CanvasRenderingContext2D, maps: Maps, curves: Curve[], colours: string[], errors: boolean): void {
  const { area } = maps;
  c.save();
  c.beginPath();
  c.rect(area.left, area.top, area.width, area.height);
  c.clip();
  curves.forEach((curve, i) => {
    c.strokeStyle = c.fillStyle = colours[i];
    if (errors && curve.errors) paintErrors(c, maps, curve);
    c.lineWidth = 1.5;
    c.lineJoin = "round";
    c.beginPath();
    if (curve.steps) stepsPath(c, maps, curve);
    else pointsPath(c, maps, curve);
    c.stroke();
    if (!curve.steps && curve.y.length <= 80)
      for (let k = 0; k < curve.y.length; ++k) {
        const px = maps.x.pixel(curve.centres[k]);
        const py = maps.y.pixel(curve.y[k]);
        if (Number.isFinite(px) && Number.isFinite(py)) c.fillRect(px - 2, py - 2, 4, 4);
      }
  });
  c.restore();
}

/** Where a value that a logarithmic axis cannot show is drawn: below everything. */
const floorOf = ({ y, area }: Maps, value: number) => (y.type === "log" && !(value > 0) && value === value ? area.top + area.height + 4 : y.pixel(value));

function stepsPath(c: CanvasRenderingContext2D, maps: Maps, { x, y }: Curve) {
  let open = false;
  for (let i = 0; i < y.length; ++i) {
    const from = maps.x.pixel(x.edges[i]);
    const to = maps.x.pixel(x.edges[i + 1]);
    const at = floorOf(maps, y[i]);
    if (!Number.isFinite(at) || !Number.isFinite(to)) {
      open = false;
      continue;
    }
    const begin = Number.isFinite(from) ? from : maps.area.left;
    if (open) c.lineTo(begin, at);
    else c.moveTo(begin, at);
    c.lineTo(to, at);
    open = true;
  }
}

function pointsPath(c: CanvasRenderingContext2D, maps: Maps, { centres, y }: Curve) {
  let open = false;
  for (let i = 0; i < y.length; ++i) {
    const px = maps.x.pixel(centres[i]);
    const py = floorOf(maps, y[i]);
    if (!Number.isFinite(px) || !Number.isFinite(py)) {
      open = false;
      continue;
    }
    if (open) c.lineTo(px, py);
    else c.moveTo(px, py);
    open = true;
  }
}

function paintErrors(c: CanvasRenderingContext2D, maps: Maps, { centres, y, errors }: Curve) {
  c.globalAlpha = 0.55;
  c.lineWidth = 1;
  c.beginPath();
  for (let i = 0; i < y.length; ++i) {
    const px = maps.x.pixel(centres[i]);
    const low = floorOf(maps, y[i] - errors![i]);
    const high = floorOf(maps, y[i] + errors![i]);
    if (!Number.isFinite(px) || !Number.isFinite(low) || !Number.isFinite(high)) continue;
    line(c, px, low, px, high);
  }
  c.stroke();
  c.globalAlpha = 1;
}

export const imageLabels = (image: Image) => ({
  x: withUnit(image.x.name, image.x.unit),
  y: withUnit(image.y.name, image.y.unit),
});
