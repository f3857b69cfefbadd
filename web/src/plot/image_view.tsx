// The enlarged image: by h5web where there is WebGL, else on a plain canvas. Both show the same.
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from "react";
import { binOf, type Image } from "../data/arrays";
import { number } from "../data/format";
import { Coloured, imageLabels, paintColourBar, paintImage, type Maps, type View } from "./paint";
import { Plot } from "./plot";
import { RegionLayer, type RegionLayerProps } from "./region_layer";
import type { Look } from "../parts/settings";
import type { Range } from "../data/scale";
import { useStore } from "../parts/store";
import { inks } from "../parts/theme";

const WebglImage = lazy(() => import("./webgl_image"));

export interface ImageViewProps {
  image: Image;
  look: Look;
  range: Range;
  equalUnits: boolean;
  webgl: boolean;
  description: string;
  view: View | null;
  onView: (view: View | null) => void;
  regions: RegionLayerProps;
  scaled: [number, number] | null;
}

const ends = (edges: Float64Array): Range => {
  const [a, b] = [edges[0], edges[edges.length - 1]];
  return a < b ? [a, b] : [b, a];
};

export const viewOfImage = (image: Image): View => ({ x: ends(image.x.edges), y: ends(image.y.edges) });

/** Whether both axes are lengths or the like: then squares should look like squares. */
export const hasEqualUnits = ({ x, y }: Image) => x.named && y.named && x.unit === y.unit && x.unit !== "";

const coordinate = (name: string, value: number, unit: string) => `${name} ${number(value, 5)}${unit ? ` ${unit}` : ""}`;

/** What the bin at a place holds, in words. */
export function readOut(image: Image, at: { x: number; y: number }): string | null {
  const column = binOf(image.x.edges, at.x);
  const row = binOf(image.y.edges, at.y);
  if (column < 0 || row < 0) return null;
  const middle = (edges: Float64Array, i: number) => (edges[i] + edges[i + 1]) / 2;
  const x = image.x.named ? coordinate(image.x.name, middle(image.x.edges, column), image.x.unit) : `${image.x.name} ${column}`;
  const y = image.y.named ? coordinate(image.y.name, middle(image.y.edges, row), image.y.unit) : `${image.y.name} ${row}`;
  return `${x}, ${y}: ${number(image.values[row * image.width + column], 9)} ${image.unit}`;
}

function stepped(image: Image, at: { x: number; y: number }, dx: number, dy: number) {
  const next = (edges: Float64Array, value: number, by: number) => {
    const i = Math.min(edges.length - 2, Math.max(0, Math.max(0, binOf(edges, value)) + by));
    return (edges[i] + edges[i + 1]) / 2;
  };
  return { x: next(image.x.edges, at.x, dx), y: next(image.y.edges, at.y, dy) };
}

export function ImageView(props: ImageViewProps) {
  const { image, look, range } = props;
  const [at, setAt] = useState<{ x: number; y: number } | null>(null);
  const colours = useStore(inks);
  const coloured = useRef(new Coloured());
  const labels = imageLabels(image);
  const full = useMemo(() => viewOfImage(image), [image]);
  const paint = useCallback(
    (c: CanvasRenderingContext2D, maps: Maps, ratio: number) => {
      paintImage(c, maps, image, coloured.current.of(image, look.map, look.scale, range), ratio);
      paintColourBar(c, maps.area, look.map, look.scale, range, image.unit, colours);
    },
    [image, look.map, look.scale, range[0], range[1], colours],
  );
  const text = at && readOut(image, at);
  const plain = (
    <Plot
      full={full}
      view={props.view}
      onView={props.onView}
      equalUnits={props.equalUnits}
      xLabel={labels.x}
      yLabel={labels.y}
      colourBar
      description={props.description}
      paint={paint}
      onPoint={setAt}
      step={(from, dx, dy) => stepped(image, from, dx, dy)}
      overlay={(maps) => <RegionLayer maps={maps} {...props.regions} />}
    />
  );
  return (
    <>
      <div className="stage">{props.webgl ? <Suspense fallback={<p className="waiting">Loading the viewer…</p>}><WebglImage {...props} onPoint={setAt} /></Suspense> : plain}</div>
      <p className="read-out" aria-live="polite">
        {text ?? "Point at the image, or use the arrow keys, to read values."}
        {text && props.scaled && ` (sum of ${props.scaled[0]} × ${props.scaled[1]} bins; zoom in for single ones)`}
      </p>
    </>
  );
}
