// What is seen as a picture of its own, twice as fine as on the screen.
import type { Curve, Image } from "../data/arrays";
import { withUnit } from "../data/arrays";
import { lineColour } from "../data/colour";
import { areaOf, Coloured, imageLabels, mapsOf, paintAxes, paintColourBar, paintCurves, paintImage, withEqualUnits, type Maps, type View } from "./paint";
import { above, outline, type Region } from "../data/regions";
import type { Range, ScaleType } from "../data/scale";
import type { Look } from "../parts/settings";
import { inks } from "../parts/theme";

const ratio = 2;
const titleHeight = 28;

function sheet(title: string, size: Element): { canvas: HTMLCanvasElement; c: CanvasRenderingContext2D; width: number; height: number } {
  const width = Math.max(480, size.clientWidth);
  const height = Math.max(360, size.clientHeight);
  const canvas = document.createElement("canvas");
  canvas.width = width * ratio;
  canvas.height = (height + titleHeight) * ratio;
  const c = canvas.getContext("2d")!;
  c.scale(ratio, ratio);
  const { background, text, font } = inks.get();
  c.fillStyle = background;
  c.fillRect(0, 0, width, height + titleHeight);
  c.fillStyle = text;
  c.font = `600 14px ${font}`;
  c.fillText(title, 16, 20);
  c.translate(0, titleHeight);
  return { canvas, c, width, height };
}

function paintRegions(c: CanvasRenderingContext2D, { x, y, area }: Maps, regions: Region[], names: string[]) {
  c.save();
  c.beginPath();
  c.rect(area.left, area.top, area.width, area.height);
  c.clip();
  c.lineWidth = 2;
  c.font = `600 12px ${inks.get().font}`;
  regions.forEach((region, i) => {
    const points = outline(region).map((p) => ({ x: x.pixel(p.x), y: y.pixel(p.y) }));
    c.strokeStyle = c.fillStyle = lineColour(i);
    c.beginPath();
    points.forEach((p) => c.lineTo(p.x, p.y));
    c.closePath();
    c.stroke();
    const top = points.reduce((best, p) => (above(p, best) ? p : best));
    c.fillText(names[i], top.x + 5, top.y - 6);
  });
  c.restore();
}

export function pictureOfImage(p: { image: Image; look: Look; range: Range; equalUnits: boolean; view: View; regions: Region[]; names: string[]; title: string; size: Element }): HTMLCanvasElement {
  const { canvas, c, width, height } = sheet(p.title, p.size);
  const area = areaOf(width, height, true);
  const maps = mapsOf(p.equalUnits ? withEqualUnits(p.view, area) : p.view, area, "linear", "linear");
  paintImage(c, maps, p.image, new Coloured().of(p.image, p.look.map, p.look.scale, p.range), ratio);
  paintRegions(c, maps, p.regions, p.names);
  paintColourBar(c, area, p.look.map, p.look.scale, p.range, p.image.unit, inks.get());
  const labels = imageLabels(p.image);
  paintAxes(c, maps, labels.x, labels.y, inks.get(), false);
  return canvas;
}

export function pictureOfCurves(p: { curves: Curve[]; xType: ScaleType; yType: ScaleType; errors: boolean; view: View; title: string; size: Element }): HTMLCanvasElement {
  const { canvas, c, width, height } = sheet(p.title, p.size);
  const maps = mapsOf(p.view, areaOf(width, height, false), p.xType, p.yType);
  paintCurves(c, maps, p.curves, p.curves.map((_, i) => lineColour(i)), p.errors);
  const [first] = p.curves;
  paintAxes(c, maps, withUnit(first.x.name, first.x.unit), withUnit(first.label, first.unit), inks.get(), true);
  p.curves.length > 1 &&
    p.curves.forEach((curve, i) => {
      c.fillStyle = lineColour(i);
      c.fillRect(maps.area.left + 14, maps.area.top + 14 + 18 * i, 14, 3);
      c.fillStyle = inks.get().text;
      c.font = `12px ${inks.get().font}`;
      c.fillText(curve.name, maps.area.left + 34, maps.area.top + 19 + 18 * i);
    });
  return canvas;
}
