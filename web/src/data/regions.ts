// Regions of interest as plain geometry: what is under the pointer, and what a drag makes of it.
import type { Regions } from "../engine/api";

export interface Point { x: number; y: number }

/** Corners in the units of the image's axes. A rectangle has two: its lowest and its highest. */
export interface Region {
  shape: "rectangle" | "polygon";
  /** Its number among those of its shape, by which the engine and other dashboards know it; -1 until it is added. */
  index: number;
  corners: Point[];
  xUnit: string | null;
  yUnit: string | null;
}

/** What a drag takes hold of: the whole region, a corner, or the middle between two corners of a polygon. */
export type Handle = { kind: "whole" } | { kind: "corner"; index: number } | { kind: "side"; index: number };

/** All corners of the outline, those of a rectangle from the lowest on, counter-clockwise. */
export function outline({ shape, corners }: Region): Point[] {
  if (shape === "polygon") return corners;
  const [a, b] = corners;
  return [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }];
}

/** Whether the name of a region should rather stand at the first of two places on the screen: the upper, then the left one. */
export const above = (a: Point, b: Point) => a.y < b.y - 0.5 || (a.y <= b.y + 0.5 && a.x < b.x);

/** Even-odd rule, as the engine counts. */
export function contains(region: Region, { x, y }: Point): boolean {
  const points = outline(region);
  let inside = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const a = points[i];
    const b = points[j];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}

const sorted = (a: Point, b: Point): Point[] => [
  { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y) },
  { x: Math.max(a.x, b.x), y: Math.max(a.y, b.y) },
];

export const rectangle = (a: Point, b: Point, xUnit: string | null, yUnit: string | null): Region => ({ shape: "rectangle", index: -1, corners: sorted(a, b), xUnit, yUnit });

/** The region after its handle was dragged from one point to another. */
export function dragged(region: Region, handle: Handle, from: Point, to: Point): Region {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  if (handle.kind === "whole") return { ...region, corners: region.corners.map(({ x, y }) => ({ x: x + dx, y: y + dy })) };
  if (region.shape === "rectangle") {
    const points = outline(region);
    const opposite = points[(handle.index + 2) % 4];
    const moved = points[handle.index];
    return { ...region, corners: sorted(opposite, { x: moved.x + dx, y: moved.y + dy }) };
  }
  if (handle.kind === "side") {
    const a = region.corners[handle.index];
    const b = region.corners[(handle.index + 1) % region.corners.length];
    const corners = [...region.corners];
    corners.splice(handle.index + 1, 0, { x: (a.x + b.x) / 2 + dx, y: (a.y + b.y) / 2 + dy });
    return { ...region, corners };
  }
  return { ...region, corners: region.corners.map((c, i) => (i === handle.index ? { x: c.x + dx, y: c.y + dy } : c)) };
}

/** A polygon without one of its corners; null where three are left. */
export function withoutCorner(region: Region, index: number): Region | null {
  if (region.shape !== "polygon" || region.corners.length <= 3) return null;
  return { ...region, corners: region.corners.filter((_, i) => i !== index) };
}

/** Why the engine would refuse a region, null: it would not. */
export function whyInvalid({ shape, corners }: Region): string | null {
  if (corners.some(({ x, y }) => !Number.isFinite(x) || !Number.isFinite(y))) return "All corners must be numbers.";
  if (shape === "polygon") return corners.length < 3 ? "A polygon needs three corners." : null;
  return corners[0].x < corners[1].x && corners[0].y < corners[1].y ? null : "The upper bound must be above the lower.";
}

// The first numbers of the shapes, as the field's dashboard gives them.
const firstIndex = { rectangle: 0, polygon: 4 };

const inOrder = (regions: Region[]) => regions.sort((a, b) => Number(a.shape === "polygon") - Number(b.shape === "polygon") || a.index - b.index);

/** Rectangles first, then polygons, each by their numbers: the order in which the engine gives their spectra. */
export function fromApi({ rectangles, polygons }: Regions): Region[] {
  return inOrder([
    ...rectangles.map((r, i): Region => ({
      shape: "rectangle",
      index: r.index ?? i,
      corners: [{ x: r.x_min, y: r.y_min }, { x: r.x_max, y: r.y_max }],
      xUnit: r.x_unit || null,
      yUnit: r.y_unit || null,
    })),
    ...polygons.map((p, i): Region => ({
      shape: "polygon",
      index: p.index ?? firstIndex.polygon + i,
      corners: p.x.map((x, k) => ({ x, y: p.y[k] })),
      xUnit: p.x_unit || null,
      yUnit: p.y_unit || null,
    })),
  ]);
}

export function toApi(regions: Region[]): Regions {
  const of = (shape: Region["shape"]) => regions.filter((r) => r.shape === shape);
  return {
    rectangles: of("rectangle").map(({ index, corners: [a, b], xUnit, yUnit }) => ({ index, x_min: a.x, x_max: b.x, y_min: a.y, y_max: b.y, x_unit: xUnit, y_unit: yUnit })),
    polygons: of("polygon").map(({ index, corners, xUnit, yUnit }) => ({ index, x: corners.map((c) => c.x), y: corners.map((c) => c.y), x_unit: xUnit, y_unit: yUnit })),
  };
}

/** A region's own name is remembered by this: "rectangle 0". */
export const placeOf = ({ shape, index }: Region) => `${shape} ${index}`;

/** What a region is called that nobody gave a name. */
export const usualName = ({ shape, index }: Region) => `${shape === "rectangle" ? "Rectangle" : "Polygon"} ${index - firstIndex[shape] + 1}`;

/** With a new region, which gets the lowest number that is free. */
export function added(regions: Region[], region: Region): Region[] {
  const taken = new Set(regions.filter((r) => r.shape === region.shape).map((r) => r.index));
  let index = firstIndex[region.shape];
  while (taken.has(index)) ++index;
  return inOrder([...regions, { ...region, index }]);
}
