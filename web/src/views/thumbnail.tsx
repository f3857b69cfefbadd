// A small picture of an output, on a plain canvas. It draws by itself when something new comes; React has no part in that.
import { useEffect, useRef } from "react";
import { curvesOf, imageOf, shownAs, slicesOf, type Curve } from "../data/arrays";
import { colourTable, lineColour } from "../data/colour";
import { clock, short } from "../data/format";
import { viewOfCurves } from "../plot/curve_view";
import { hasEqualUnits } from "../plot/image_view";
import { watchFrame, want, type Frame } from "../engine/live";
import { mapsOf, paintCurves, type Area } from "../plot/paint";
import { colourise, percentileRange, validRange, type Range } from "../data/scale";
import type { Look } from "../parts/settings";
import { useStore } from "../parts/store";
import { inks } from "../parts/theme";

const mostPerSecond = 4;

/** The range of colours that a look gives for these values. */
export function rangeOf(look: Look, values: Parameters<typeof percentileRange>[0]): Range {
  if (look.range === "fixed") return validRange([look.low, look.high], look.scale);
  return percentileRange(values, look.scale, 100 - look.percentile, look.percentile);
}

const scratch = document.createElement("canvas");

function paintImageOf(c: CanvasRenderingContext2D, frame: Frame, look: Look, width: number, height: number) {
  const image = imageOf(frame.array, Math.floor(slicesOf(frame.array) / 2));
  if (!image) return;
  const pixels = new ImageData(image.width, image.height);
  colourise(image.values, new Uint32Array(pixels.data.buffer), colourTable(look.map), look.scale, rangeOf(look, image.values));
  scratch.width = image.width;
  scratch.height = image.height;
  scratch.getContext("2d")!.putImageData(pixels, 0, 0);
  const span = (edges: Float64Array) => Math.abs(edges[edges.length - 1] - edges[0]);
  // Squares look like squares where that leaves enough to see.
  const ratio = hasEqualUnits(image) ? span(image.x.edges) / span(image.y.edges) : width / height;
  const fitting = ratio > (width / height) * 4 || ratio < width / height / 4 ? width / height : ratio;
  const [w, h] = fitting > width / height ? [width, width / fitting] : [height * fitting, height];
  c.imageSmoothingEnabled = image.width > w || image.height > h;
  c.save();
  // Rows come from the lowest y on, a canvas begins at the top.
  c.translate((width - w) / 2, (height + h) / 2);
  c.scale(1, -1);
  c.drawImage(scratch, 0, 0, w, h);
  c.restore();
}

function seriesCurve(frame: Frame): Curve[] {
  const { series } = frame;
  if (!series || !series.time.length) return [];
  const x = { name: "time", unit: "s", named: true, edges: new Float64Array([series.time[0], series.time[series.time.length - 1]]) };
  return [{ name: "", x, centres: series.time, steps: false, y: series.values, errors: null, unit: series.unit, label: "" }];
}

function paintCurvesOf(c: CanvasRenderingContext2D, curves: Curve[], log: boolean, width: number, height: number, ratio: number) {
  if (!curves.length) return;
  const type = log ? "log" : "linear";
  const area: Area = { left: 4, top: 8, width: width / ratio - 8, height: height / ratio - 16 };
  c.save();
  c.scale(ratio, ratio);
  paintCurves(c, mapsOf(viewOfCurves(curves, "linear", type, false), area, "linear", type), curves, curves.map((_, i) => lineColour(i)), false);
  c.restore();
}

function paintText(c: CanvasRenderingContext2D, text: string, colour: string, font: string, width: number, height: number, size: number) {
  c.fillStyle = colour;
  c.font = `600 ${size}px ${font}`;
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(text, width / 2, height / 2, width * 0.9);
}

export interface ThumbnailProps { job: string; output: string; look: Look; name: string; title: string }

export function Thumbnail({ job, output, look, name, title }: ThumbnailProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const time = useRef<HTMLElement>(null);
  const colours = useStore(inks);

  useEffect(() => {
    const element = canvas.current!;
    let frame: Frame | null = null;
    let asked = 0;
    let visible = false;
    let unwant: (() => void) | null = null;

    const draw = () => {
      asked = 0;
      const ratio = Math.min(2, window.devicePixelRatio || 1);
      const width = Math.round(element.clientWidth * ratio);
      const height = Math.round(element.clientHeight * ratio);
      if (!frame || !width || !height || !visible) return;
      if (element.width !== width || element.height !== height) {
        element.width = width;
        element.height = height;
      }
      const c = element.getContext("2d")!;
      c.clearRect(0, 0, width, height);
      const shown = shownAs(frame.array);
      if (shown === "image" || shown === "volume") paintImageOf(c, frame, look, width, height);
      else if (shown === "curve") paintCurvesOf(c, curvesOf(frame.array, ""), look.scale === "log", width, height, ratio);
      else if (shown === "timeseries") paintCurvesOf(c, seriesCurve(frame), false, width, height, ratio);
      else paintText(c, short(frame.array.data.values[0]), colours.text, colours.font, width, height, 26 * ratio);
      element.dataset.sequence = String(frame.sequence);
      const last = frame.series?.values.at(-1);
      const text = last === undefined ? clock(frame.time) : `${short(last)} ${frame.series!.unit}`;
      if (time.current!.textContent !== text) time.current!.textContent = text;
    };
    const ask = () => {
      if (!asked) asked = requestAnimationFrame(draw);
    };
    const unwatch = watchFrame(job, output, (next) => {
      frame = next;
      ask();
    });
    // What cannot be seen is neither sent nor drawn.
    const observer = new IntersectionObserver(([entry]) => {
      visible = entry.isIntersecting;
      unwant?.();
      unwant = null;
      if (!visible) return;
      const ratio = Math.min(2, window.devicePixelRatio || 1);
      unwant = want({ job, output, max_size: [Math.round(element.clientWidth * ratio), Math.round(element.clientHeight * ratio)] }, mostPerSecond);
      ask();
    }, { rootMargin: "80px" });
    observer.observe(element);
    const resized = new ResizeObserver(ask);
    resized.observe(element);
    return () => {
      unwatch();
      unwant?.();
      observer.disconnect();
      resized.disconnect();
      cancelAnimationFrame(asked);
    };
  }, [job, output, look, colours]);

  return (
    <>
      <canvas ref={canvas} className="thumbnail" role="img" aria-label={`${name}, latest picture`} />
      <span className="tile-foot">
        <span title={title}>{title}</span>
        <small className="tile-time" ref={time as React.RefObject<HTMLElement>} />
      </span>
    </>
  );
}
