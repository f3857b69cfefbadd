// Regions of interest as plain geometry: what is under the pointer, and what a drag makes of it.
import type { Regions } from "./api";

export interface Point { x: number; y: number }

/** Corners in the units of the image's axes. A rectangle has two: its lowest and its highest. */
export interface Region {
  shape: "rectangle" | "polygon";
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

export const rectangle = (a: Point, b: Point, xUnit: string | null, yUnit: string | null): Region => ({ shape: "rectangle", corners: sorted(a, b), xUnit, yUnit });

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

/** Rectangles first, then polygons: the order in which the engine gives their spectra. */
export function fromApi({ rectangles, polygons }: Regions): Region[] {
  return [
    ...rectangles.map((r): Region => ({
      shape: "rectangle",
      corners: [{ x: r.x_min, y: r.y_min }, { x: r.x_max, y: r.y_max }],
      xUnit: r.x_unit || null,
      yUnit: r.y_unit || null,
    })),
    ...polygons.map((p): Region => ({
      shape: "polygon",
      corners: p.x.map((x, i) => ({ x, y: p.y[i] })),
      xUnit: p.x_unit || null,
      yUnit: p.y_unit || null,
    })),
  ];
}

export function toApi(regions: Region[]): Regions {
  const of = (shape: Region["shape"]) => regions.filter((r) => r.shape === shape);
  return {
    rectangles: of("rectangle").map(({ corners: [a, b], xUnit, yUnit }) => ({ x_min: a.x, x_max: b.x, y_min: a.y, y_max: b.y, x_unit: xUnit, y_unit: yUnit })),
    polygons: of("polygon").map(({ corners, xUnit, yUnit }) => ({ x: corners.map((c) => c.x), y: corners.map((c) => c.y), x_unit: xUnit, y_unit: yUnit })),
  };
}

/** The place of a region among those of its shape, as "rectangle 0": under this name its own name is remembered. */
export const placeOf = (regions: Region[], index: number) =>
  `${regions[index].shape} ${regions.slice(0, index).filter((r) => r.shape === regions[index].shape).length}`;

/** A new region behind the others of its shape. */
export function added(regions: Region[], region: Region): Region[] {
  return [...regions, region].sort((a, b) => Number(a.shape === "polygon") - Number(b.shape === "polygon"));
}
