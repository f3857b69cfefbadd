// The enlarged image by h5web. Loaded only when it is wanted.
import "@h5web/lib/styles.css";
import { HeatmapVis, useCameraState, useVisCanvasContext, Overlay, ScaleType, type ColorMap } from "@h5web/lib";
import ndarray from "ndarray";
import { useEffect, useMemo, useRef, useState } from "react";
import { Vector3 } from "three";
import { binOf } from "../data/arrays";
import { colourMaps } from "../data/colour";
import { tick } from "../data/format";
import type { ImageViewProps } from "./image_view";
import { imageLabels, type AxisMap, type Maps, type View } from "./paint";
import { RegionLayer, type RegionLayerProps } from "./region_layer";

const scales = { linear: ScaleType.Linear, log: ScaleType.Log, symlog: ScaleType.SymLog } as const;

/** Regions over h5web's canvas: its camera says where data lie on the screen. */
function Regions(props: RegionLayerProps) {
  const { canvasSize, dataToHtml, htmlToData, getVisibleDomains } = useVisCanvasContext();
  const { maps } = useCameraState(
    (camera) => {
      const axis = (pick: "x" | "y"): AxisMap => {
        const at = (value: number) => dataToHtml(camera, pick === "x" ? new Vector3(value, 0) : new Vector3(0, value))[pick];
        const back = (pixel: number) => htmlToData(camera, pick === "x" ? new Vector3(pixel, 0) : new Vector3(0, pixel))[pick];
        const domains = getVisibleDomains(camera);
        return { type: "linear", range: [...(pick === "x" ? domains.xVisibleDomain : domains.yVisibleDomain)] as [number, number], pixel: at, value: back };
      };
      const maps: Maps = { x: axis("x"), y: axis("y"), area: { left: 0, top: 0, ...canvasSize } };
      return { maps, key: [maps.x.pixel(0), maps.x.pixel(1), maps.y.pixel(0), maps.y.pixel(1)].join() };
    },
    [canvasSize, dataToHtml, htmlToData, getVisibleDomains],
    (a, b) => a.key === b.key && a.maps.area.width === b.maps.area.width,
  );
  return (
    <Overlay className="webgl-regions">
      <svg width={canvasSize.width} height={canvasSize.height} className="plot-overlay" aria-hidden="true">
        <RegionLayer maps={maps} {...props} />
      </svg>
    </Overlay>
  );
}

/** Tells what part of the axes is seen, whenever that is another. */
function Seen({ onSeen }: { onSeen: (view: View) => void }) {
  const { getVisibleDomains } = useVisCanvasContext();
  const view = useCameraState(
    (camera): View => {
      const { xVisibleDomain: x, yVisibleDomain: y } = getVisibleDomains(camera);
      return { x: [...x] as [number, number], y: [...y] as [number, number] };
    },
    [getVisibleDomains],
    alike,
  );
  useEffect(() => onSeen(view), [view]);
  return null;
}

const alike = (a: View, b: View) => [0, 1].every((i) => Math.abs(a.x[i] - b.x[i]) <= 1e-6 * Math.abs(a.x[1] - a.x[0]) && Math.abs(a.y[i] - b.y[i]) <= 1e-6 * Math.abs(a.y[1] - a.y[0]));

/** h5web keeps its zoom to itself: follows it, and makes the picture anew where all is to be seen again. */
function useFollowedZoom(view: View | null, onView: (view: View | null) => void) {
  const [round, setRound] = useState(0);
  const all = useRef<View | null>(null);
  // Until someone touches the picture, what is seen is everything, however the page is laid out.
  const touched = useRef(false);
  const zoomed = useRef(false);
  const onSeen = (seen: View) => {
    if (!touched.current || !all.current) {
      all.current = seen;
      return;
    }
    zoomed.current = !alike(seen, all.current);
    onView(zoomed.current ? seen : null);
  };
  useEffect(() => {
    if (view || !zoomed.current) return;
    zoomed.current = touched.current = false;
    all.current = null;
    setRound((n) => n + 1);
  }, [view]);
  const touch = () => {
    touched.current = true;
  };
  return { round, onSeen, touch };
}

export default function WebglImage({ image, look, range, equalUnits, regions, view, onView, onPoint }: ImageViewProps & { onPoint: (at: { x: number; y: number } | null) => void }) {
  const labels = imageLabels(image);
  // h5web draws float32 and does not take whole numbers of all widths.
  const data = useMemo(() => ndarray(Float32Array.from(image.values), [image.height, image.width]), [image]);
  const middle = (edges: Float64Array, i: number) => (edges[i] + edges[i + 1]) / 2;
  const { round, onSeen, touch } = useFollowedZoom(view, onView);
  // h5web asks for its read-out whenever it draws: only another place is news.
  const told = useRef("");
  const tell = (x: number, y: number) => {
    if (told.current === `${x} ${y}`) return;
    told.current = `${x} ${y}`;
    queueMicrotask(() => onPoint({ x, y }));
  };
  const leave = () => {
    told.current = "";
    onPoint(null);
  };
  return (
    <div className="webgl-frame" onPointerLeave={leave} onPointerDownCapture={touch} onWheelCapture={touch}>
      <HeatmapVis
        key={round}
        className="webgl"
        dataArray={data}
        domain={range}
        colorMap={colourMaps[look.map].h5web as ColorMap}
        scaleType={scales[look.scale]}
        aspect={equalUnits ? "equal" : "auto"}
        abscissaParams={{ label: labels.x, value: Array.from(image.x.edges) }}
        ordinateParams={{ label: labels.y, value: Array.from(image.y.edges) }}
        interactions={regions.tool ? { pan: false, selectToZoom: false, xSelectToZoom: false, ySelectToZoom: false } : undefined}
        renderTooltip={({ abscissa, ordinate }) => {
          const column = binOf(image.x.edges, abscissa);
          const row = binOf(image.y.edges, ordinate);
          tell(abscissa, ordinate);
          return column < 0 || row < 0 ? <></> : <>{`${tick(middle(image.x.edges, column))}, ${tick(middle(image.y.edges, row))}: ${tick(image.values[row * image.width + column])}`}</>;
        }}
      >
        <Seen onSeen={onSeen} />
        <Regions {...regions} />
      </HeatmapVis>
    </div>
  );
}
