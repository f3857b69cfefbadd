// Regions over an image: drawn, moved and reshaped with the pointer.
import { useEffect, useRef, useState, type PointerEvent } from "react";
import { lineColour } from "../data/colour";
import { above, dragged, outline, rectangle, withoutCorner, type Handle, type Point, type Region } from "../data/regions";
import type { Maps } from "./paint";

export type Tool = "rectangle" | "polygon" | null;

export interface RegionLayerProps {
  regions: Region[];
  names: string[];
  selected: number | null;
  tool: Tool;
  /** Units of the axes, null where there is no coordinate. */
  units: { x: string | null; y: string | null };
  onSelect: (index: number | null) => void;
  /** While something is dragged, and `done` when it is let go. */
  onChange: (index: number, region: Region, done: boolean) => void;
  onDrawn: (region: Region | null) => void;
}

interface Drag { index: number; handle: Handle; from: Point; region: Region }

export function RegionLayer({ maps, regions, names, selected, tool, units, onSelect, onChange, onDrawn }: RegionLayerProps & { maps: Maps }) {
  const layer = useRef<SVGGElement>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const [drawing, setDrawing] = useState<Point[]>([]);
  const { x, y, area } = maps;

  const pixelsOf = (event: { clientX: number; clientY: number }) => {
    const { left, top } = layer.current!.ownerSVGElement!.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const pointOf = (event: { clientX: number; clientY: number }): Point => {
    const p = pixelsOf(event);
    return { x: x.value(p.x), y: y.value(p.y) };
  };
  const toPixels = (p: Point) => ({ x: x.pixel(p.x), y: y.pixel(p.y) });
  const path = (points: Point[]) => points.map(toPixels).map((p) => `${p.x},${p.y}`).join(" ");

  const finishPolygon = (points: Point[]) => {
    setDrawing([]);
    // The click that ends it gives its point twice.
    const corners = points.filter((p, i) => i === 0 || Math.hypot(x.pixel(p.x) - x.pixel(points[i - 1].x), y.pixel(p.y) - y.pixel(points[i - 1].y)) > 3);
    onDrawn(corners.length >= 3 ? { shape: "polygon", index: -1, corners, xUnit: units.x, yUnit: units.y } : null);
  };

  useEffect(() => {
    if (!tool) return setDrawing([]);
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" && event.key !== "Enter") return;
      event.stopPropagation();
      event.preventDefault();
      if (event.key === "Enter" && tool === "polygon") finishPolygon(drawing);
      else onDrawn(null);
      setDrawing([]);
    };
    window.addEventListener("keydown", onKey, true);
    return () => window.removeEventListener("keydown", onKey, true);
  });

  const begin = (index: number, handle: Handle) => (event: PointerEvent) => {
    if (tool || event.button !== 0 || event.ctrlKey || event.shiftKey) return;
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    onSelect(index);
    setDrag({ index, handle, from: pointOf(event), region: regions[index] });
  };
  const go = (event: PointerEvent) => {
    if (!drag) return;
    event.stopPropagation();
    onChange(drag.index, dragged(drag.region, drag.handle, drag.from, pointOf(event)), false);
  };
  const end = (event: PointerEvent) => {
    if (!drag) return;
    event.stopPropagation();
    setDrag(null);
    const to = pointOf(event);
    if (to.x !== drag.from.x || to.y !== drag.from.y) onChange(drag.index, dragged(drag.region, drag.handle, drag.from, to), true);
  };
  const holds = (index: number, handle: Handle) => ({ onPointerDown: begin(index, handle), onPointerMove: go, onPointerUp: end, onPointerCancel: end });

  const drawDown = (event: PointerEvent) => {
    event.stopPropagation();
    const p = pointOf(event);
    if (tool === "rectangle") {
      event.currentTarget.setPointerCapture(event.pointerId);
      setDrawing([p, p]);
      return;
    }
    const first = drawing[0] && toPixels(drawing[0]);
    const here = pixelsOf(event);
    if (drawing.length > 3 && Math.hypot(first.x - here.x, first.y - here.y) < 10) finishPolygon(drawing.slice(0, -1));
    else setDrawing(drawing.length ? [...drawing.slice(0, -1), p, p] : [p, p]);
  };
  const drawMove = (event: PointerEvent) => {
    event.stopPropagation();
    if (drawing.length) setDrawing([...drawing.slice(0, -1), pointOf(event)]);
  };
  const drawUp = (event: PointerEvent) => {
    event.stopPropagation();
    if (tool !== "rectangle" || drawing.length !== 2) return;
    setDrawing([]);
    const [a, b] = drawing.map(toPixels);
    onDrawn(Math.abs(a.x - b.x) > 3 && Math.abs(a.y - b.y) > 3 ? rectangle(drawing[0], drawing[1], units.x, units.y) : null);
  };

  return (
    <g ref={layer} className="regions">
      {regions.map((region, index) => {
        const points = outline(region);
        const label = toPixels(points.reduce((best, p) => (above(toPixels(p), toPixels(best)) ? p : best)));
        return (
          <g key={index} className={index === selected ? "region selected" : "region"} data-colour={index % 8} stroke={lineColour(index)} fill={lineColour(index)}>
            <polygon className="shape halo" points={path(points)} />
            <polygon className="shape" points={path(points)} {...holds(index, { kind: "whole" })} />
            <text x={label.x + 5} y={label.y - 6}>{names[index]}</text>
            {index === selected &&
              region.shape === "polygon" &&
              points.map((p, i) => {
                const q = points[(i + 1) % points.length];
                const middle = toPixels({ x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 });
                return <circle key={`side ${i}`} className="side" cx={middle.x} cy={middle.y} r="4" {...holds(index, { kind: "side", index: i })} />;
              })}
            {index === selected &&
              points.map((p, i) => (
                <circle
                  key={i}
                  className="corner"
                  cx={toPixels(p).x}
                  cy={toPixels(p).y}
                  r="6"
                  {...holds(index, { kind: "corner", index: i })}
                  onDoubleClick={(event) => {
                    event.stopPropagation();
                    const fewer = withoutCorner(region, i);
                    if (fewer) onChange(index, fewer, true);
                  }}
                />
              ))}
          </g>
        );
      })}
      {tool && (
        <rect
          className="drawing-area"
          x={area.left}
          y={area.top}
          width={area.width}
          height={area.height}
          onPointerDown={drawDown}
          onPointerMove={drawMove}
          onPointerUp={drawUp}
          onDoubleClick={(event) => {
            event.stopPropagation();
            if (tool === "polygon") finishPolygon(drawing);
          }}
        />
      )}
      {drawing.length > 1 && <polygon className="draft" points={path(tool === "rectangle" ? outline(rectangle(drawing[0], drawing[1], null, null)) : drawing)} />}
    </g>
  );
}
