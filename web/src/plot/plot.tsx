// A picture with axes on a plain canvas: zoom, pan, read-out, by pointer, finger and keyboard.
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { areaOf, mapsOf, paintAxes, withEqualUnits, type Maps, type View } from "./paint";
import { inverseOf, transformOf, type Range, type ScaleType } from "../data/scale";
import { useStore } from "../parts/store";
import { inks } from "../parts/theme";

export interface PlotProps {
  /** Everything there is to see. */
  full: View;
  view: View | null;
  /** null: everything. */
  onView: (view: View | null) => void;
  xType?: ScaleType;
  yType?: ScaleType;
  equalUnits?: boolean;
  xLabel: string;
  yLabel: string;
  colourBar?: boolean;
  grid?: boolean;
  description: string;
  /** Paints what is inside the axes; `ratio` is the number of device pixels in one. */
  paint: (c: CanvasRenderingContext2D, maps: Maps, ratio: number) => void;
  /** Where the pointer is, null: nowhere. */
  onPoint?: (at: { x: number; y: number } | null) => void;
  /** The next or former bin for the arrow keys. */
  step?: (at: { x: number; y: number }, dx: number, dy: number) => { x: number; y: number };
  overlay?: (maps: Maps) => ReactNode;
}

export function useSize(): [React.RefObject<HTMLDivElement>, { width: number; height: number }] {
  const ref = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const measure = () => setSize({ width: ref.current!.clientWidth, height: ref.current!.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(ref.current!);
    measure();
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}

/** Zooms a range about a value by a factor, evenly on its scale. */
function zoomed(range: Range, type: ScaleType, about: number, factor: number): Range {
  const f = transformOf(type);
  const [a, b, at] = [f(range[0]), f(range[1]), f(about)];
  return [inverseOf(type)(at + (a - at) * factor), inverseOf(type)(at + (b - at) * factor)];
}

/** Moves a range by a part of its length. */
function shifted(range: Range, type: ScaleType, part: number): Range {
  const f = transformOf(type);
  const [a, b] = [f(range[0]), f(range[1])];
  return [inverseOf(type)(a + (b - a) * part), inverseOf(type)(b + (b - a) * part)];
}

const sane = ({ x, y }: View) => [...x, ...y].every(Number.isFinite) && x[0] !== x[1] && y[0] !== y[1] && Math.abs(x[1] - x[0]) > Math.abs(x[0]) * 1e-9;

export function Plot(props: PlotProps) {
  const { full, view, onView, xType = "linear", yType = "linear", equalUnits = false } = props;
  const [box, { width, height }] = useSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const colours = useStore(inks);
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const [selection, setSelection] = useState<{ x0: number; y0: number; x1: number; y1: number } | null>(null);
  const [cursor, setCursor] = useState<{ x: number; y: number } | null>(null);

  const maps = useMemo(() => {
    const area = areaOf(width, height, !!props.colourBar);
    const wanted = view ?? full;
    return mapsOf(equalUnits ? withEqualUnits(wanted, area) : wanted, area, xType, yType);
  }, [width, height, props.colourBar, view, full.x[0], full.x[1], full.y[0], full.y[1], equalUnits, xType, yType]);
  const seen = useRef(maps);
  seen.current = maps;

  useLayoutEffect(() => {
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    const { current } = canvas;
    if (current!.width !== Math.round(width * ratio) || current!.height !== Math.round(height * ratio)) {
      current!.width = Math.round(width * ratio);
      current!.height = Math.round(height * ratio);
    }
    const c = current!.getContext("2d")!;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    props.paint(c, maps, ratio);
    paintAxes(c, maps, props.xLabel, props.yLabel, colours, props.grid ?? false);
  }, [maps, width, height, props.paint, props.xLabel, props.yLabel, props.grid, colours]);

  const move = (next: View) => sane(next) && onView(next);
  const zoomAt = (px: number, py: number, factor: number) => {
    const { x, y, area } = seen.current;
    const overX = px >= area.left || py > area.top + area.height;
    const overY = py <= area.top + area.height || px < area.left;
    // Beside an axis only that axis is zoomed.
    move({
      x: overX && (equalUnits || px >= area.left) ? zoomed(x.range, xType, x.value(px), factor) : x.range,
      y: overY && (equalUnits || py <= area.top + area.height) ? zoomed(y.range, yType, y.value(py), factor) : y.range,
    });
  };

  // React listens to wheels passively, but here the page must not scroll.
  const zoomLatest = useRef(zoomAt);
  zoomLatest.current = zoomAt;
  useEffect(() => {
    const element = box.current!;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      zoomLatest.current(event.clientX - left, event.clientY - top, Math.exp(Math.max(-1, Math.min(1, event.deltaY / 300))));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [box]);

  const place = (event: { clientX: number; clientY: number }) => {
    const { left, top } = box.current!.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };

  const point = (p: { x: number; y: number } | null) => {
    if (!props.onPoint) return;
    const { x, y, area } = seen.current;
    const inside = p && p.x >= area.left && p.x <= area.left + area.width && p.y >= area.top && p.y <= area.top + area.height;
    props.onPoint(inside ? { x: x.value(p.x), y: y.value(p.y) } : null);
  };

  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const p = place(event);
    event.currentTarget.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, p);
    setCursor(null);
    if (pointers.current.size === 1 && (event.ctrlKey || event.shiftKey || event.metaKey)) setSelection({ x0: p.x, y0: p.y, x1: p.x, y1: p.y });
  };

  const onPointerMove = (event: PointerEvent) => {
    const p = place(event);
    const before = pointers.current.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") point(p);
      return;
    }
    if (selection) {
      setSelection({ ...selection, x1: p.x, y1: p.y });
      return;
    }
    const { x, y } = seen.current;
    if (pointers.current.size === 2) {
      const other = [...pointers.current].find(([id]) => id !== event.pointerId)![1];
      const factor = Math.hypot(before.x - other.x, before.y - other.y) / Math.max(1, Math.hypot(p.x - other.x, p.y - other.y));
      move({ x: zoomed(x.range, xType, x.value(other.x), factor), y: zoomed(y.range, yType, y.value(other.y), factor) });
    } else if (Math.hypot(p.x - before.x, p.y - before.y) > 0) {
      move({
        x: shifted(x.range, xType, -(p.x - before.x) / seen.current.area.width),
        y: shifted(y.range, yType, (p.y - before.y) / seen.current.area.height),
      });
    }
    pointers.current.set(event.pointerId, p);
  };

  const onPointerUp = (event: PointerEvent) => {
    if (!pointers.current.delete(event.pointerId)) return;
    if (event.pointerType === "touch") point(place(event));
    if (!selection) return;
    setSelection(null);
    const { x0, y0, x1, y1 } = selection;
    if (Math.abs(x1 - x0) < 4 || Math.abs(y1 - y0) < 4) return;
    const { x, y } = seen.current;
    move({ x: [x.value(Math.min(x0, x1)), x.value(Math.max(x0, x1))], y: [y.value(Math.max(y0, y1)), y.value(Math.min(y0, y1))] });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const { x, y, area } = seen.current;
    const middle = { x: area.left + area.width / 2, y: area.top + area.height / 2 };
    const at = cursor ? { x: x.pixel(cursor.x), y: y.pixel(cursor.y) } : middle;
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (event.key === "+" || event.key === "=") zoomAt(at.x, at.y, 0.8);
    else if (event.key === "-") zoomAt(at.x, at.y, 1.25);
    else if (event.key === "0" || event.key === "Home") onView(null);
    else if (arrow && event.shiftKey) move({ x: shifted(x.range, xType, arrow[0] * 0.1), y: shifted(y.range, yType, arrow[1] * 0.1) });
    else if (arrow && props.step) {
      const from = cursor ?? { x: x.value(middle.x), y: y.value(middle.y) };
      const next = props.step(from, arrow[0], arrow[1]);
      setCursor(next);
      props.onPoint?.(next);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      className="plot"
      ref={box}
      tabIndex={0}
      role="application"
      aria-label={`${props.description}. Arrow keys read values, plus and minus zoom, shift and arrow keys move, 0 shows everything.`}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={onPointerUp}
      onPointerLeave={() => point(null)}
      onDoubleClick={() => onView(null)}
      onKeyDown={onKeyDown}
      onBlur={() => setCursor(null)}
    >
      <canvas ref={canvas} className="plot-canvas" />
      <svg className="plot-overlay" width={width} height={height} aria-hidden="true">
        <clipPath id="plot-area">
          <rect x={maps.area.left} y={maps.area.top} width={maps.area.width} height={maps.area.height} />
        </clipPath>
        <g clipPath="url(#plot-area)">
          {width > 0 && props.overlay?.(maps)}
          {selection && (
            <rect
              className="zoom-box"
              x={Math.min(selection.x0, selection.x1)}
              y={Math.min(selection.y0, selection.y1)}
              width={Math.abs(selection.x1 - selection.x0)}
              height={Math.abs(selection.y1 - selection.y0)}
            />
          )}
          {cursor && (
            <g className="cursor">
              <circle cx={maps.x.pixel(cursor.x)} cy={maps.y.pixel(cursor.y)} r="9" />
              <circle cx={maps.x.pixel(cursor.x)} cy={maps.y.pixel(cursor.y)} r="2" />
            </g>
          )}
        </g>
      </svg>
    </div>
  );
}
