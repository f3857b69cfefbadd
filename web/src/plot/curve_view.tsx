// Enlarged curves: by h5web where there is WebGL, else on a plain canvas.
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { binOf, withUnit, type Curve } from "../data/arrays";
import { lineColour } from "../data/colour";
import { number } from "../data/format";
import { paintCurves, type Maps, type View } from "./paint";
import { Plot } from "./plot";
import { validRange, type Range, type ScaleType } from "../data/scale";

const WebglCurves = lazy(() => import("./webgl_curves"));

export interface CurveViewProps {
  curves: Curve[];
  xType: ScaleType;
  yType: ScaleType;
  errors: boolean;
  webgl: boolean;
  description: string;
  view: View | null;
  onView: (view: View | null) => void;
  colours?: string[];
}

/** All that the curves have, with some room above and below. */
export function viewOfCurves(curves: Curve[], xType: ScaleType, yType: ScaleType, errors: boolean): View {
  const x: Range = [Infinity, -Infinity];
  const y: Range = [Infinity, -Infinity];
  const put = (range: Range, v: number, type: ScaleType) => {
    if (!Number.isFinite(v) || (type === "log" && v <= 0)) return;
    range[0] = Math.min(range[0], v);
    range[1] = Math.max(range[1], v);
  };
  for (const curve of curves) {
    for (const v of curve.steps ? curve.x.edges : curve.centres) put(x, v, xType);
    curve.y.forEach((v, i) => {
      put(y, v, yType);
      if (!errors || !curve.errors) return;
      put(y, v + curve.errors[i], yType);
      put(y, v - curve.errors[i], yType);
    });
  }
  const seen = (range: Range, type: ScaleType) => validRange(range[0] <= range[1] ? range : [0, 0], type);
  const [low, high] = seen(y, yType);
  const room = (high - low) * 0.06;
  return { x: seen(x, xType), y: yType === "log" ? [low / 1.4, high * 1.4] : [low >= 0 && low < (high - low) * 0.5 ? 0 : low - room, high + room] };
}

function readOut(curves: Curve[], x: number): string | null {
  const first = curves[0];
  if (!first) return null;
  const bin = binOf(first.x.edges, x);
  if (bin < 0) return null;
  const values = curves.map((curve) => {
    const i = curve === first ? bin : binOf(curve.x.edges, x);
    const error = i >= 0 && curve.errors ? ` ± ${number(curve.errors[i], 3)}` : "";
    return `${curves.length > 1 ? `${curve.name} ` : ""}${i < 0 ? "–" : number(curve.y[i], 9)}${error}`;
  });
  return `${first.x.named ? first.x.name : "bin"} ${first.x.named ? number(first.centres[bin], 5) : bin}${first.x.unit ? ` ${first.x.unit}` : ""}: ${values.join(", ")} ${first.unit}`;
}

export function CurveView(props: CurveViewProps) {
  const { curves, xType, yType, errors } = props;
  const [at, setAt] = useState<{ x: number; y: number } | null>(null);
  const full = useMemo(() => viewOfCurves(curves, xType, yType, errors), [curves, xType, yType, errors]);
  const colours = props.colours ?? curves.map((_, i) => lineColour(i));
  const paint = useCallback((c: CanvasRenderingContext2D, maps: Maps) => paintCurves(c, maps, curves, colours, errors), [curves, colours.join(), errors]);
  const first = curves[0];
  const step = (from: { x: number; y: number }, dx: number) => {
    const i = Math.min(first.y.length - 1, Math.max(0, Math.max(0, binOf(first.x.edges, from.x)) + dx));
    return { x: first.centres[i], y: first.y[i] };
  };
  return (
    <>
      <div className="stage">
        {props.webgl && first ? (
          <Suspense fallback={<p className="waiting">Loading the viewer…</p>}><WebglCurves {...props} full={full} /></Suspense>
        ) : (
          <Plot
            full={full}
            view={props.view}
            onView={props.onView}
            xType={xType}
            yType={yType}
            xLabel={first ? withUnit(first.x.name, first.x.unit) : ""}
            yLabel={first ? withUnit(first.label || "", first.unit) : ""}
            grid
            description={props.description}
            paint={paint}
            onPoint={setAt}
            step={first && step}
          />
        )}
      </div>
      <p className="read-out" aria-live="polite">{(at && readOut(curves, at.x)) ?? "Point at the curve, or use the arrow keys, to read values."}</p>
    </>
  );
}
