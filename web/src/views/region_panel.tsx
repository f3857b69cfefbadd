// The regions of an image as a list, with their spectra.
import { useState } from "react";
import { sumOf, type Curve } from "../data/arrays";
import { lineColour } from "../data/colour";
import { CurveView } from "../plot/curve_view";
import { short } from "../data/format";
import type { View } from "../plot/paint";
import type { Tool } from "../plot/region_layer";
import type { Region } from "../data/regions";

export interface RegionPanelProps {
  regions: Region[];
  names: string[];
  spectra: Curve[];
  selected: number | null;
  tool: Tool;
  control: boolean;
  error: string;
  onTool: (tool: Tool) => void;
  /** Puts a rectangle in the middle: for those who do not draw. */
  onAdd: () => void;
  onSelect: (index: number | null) => void;
  onName: (index: number, name: string) => void;
  onChange: (index: number, region: Region) => void;
  onDelete: (index: number) => void;
}

function Bound({ label, value, onValue, disabled }: { label: string; value: number; onValue: (v: number) => void; disabled: boolean }) {
  const [typed, setTyped] = useState<string | null>(null);
  const take = () => {
    const v = Number(typed?.replace(",", "."));
    if (typed !== null && typed.trim() && Number.isFinite(v)) onValue(v);
    setTyped(null);
  };
  return (
    <label>
      {label}
      <input inputMode="decimal" value={typed ?? String(Number(value.toPrecision(6)))} disabled={disabled} onChange={(e) => setTyped(e.target.value)} onBlur={take} onKeyDown={(e) => e.key === "Enter" && take()} />
    </label>
  );
}

function Bounds({ region, control, onChange }: { region: Region; control: boolean; onChange: (r: Region) => void }) {
  if (region.shape === "polygon") return <p className="hint">{region.corners.length} corners. Drag one to move it, the middle of a side to add one; double-click removes one.</p>;
  const [a, b] = region.corners;
  const put = (i: 0 | 1, axis: "x" | "y") => (v: number) => onChange({ ...region, corners: region.corners.map((c, k) => (k === i ? { ...c, [axis]: v } : c)) });
  return (
    <div className="bounds">
      <Bound label="x from" value={a.x} onValue={put(0, "x")} disabled={!control} />
      <Bound label="to" value={b.x} onValue={put(1, "x")} disabled={!control} />
      <Bound label="y from" value={a.y} onValue={put(0, "y")} disabled={!control} />
      <Bound label="to" value={b.y} onValue={put(1, "y")} disabled={!control} />
    </div>
  );
}

export function RegionPanel(p: RegionPanelProps) {
  const [log, setLog] = useState(false);
  const [view, setView] = useState<View | null>(null);
  // The spectra of a moment ago may be those of other regions.
  const spectra = p.spectra.length === p.regions.length ? p.spectra.map((c, i) => ({ ...c, name: p.names[i] })) : [];
  return (
    <aside className="panel" aria-label="Regions of interest">
      <header>
        <h2>Regions</h2>
        {p.control && (
          <div className="segmented" role="group" aria-label="Draw a region">
            <button aria-pressed={p.tool === "rectangle"} onClick={() => p.onTool(p.tool === "rectangle" ? null : "rectangle")}>Rectangle</button>
            <button aria-pressed={p.tool === "polygon"} onClick={() => p.onTool(p.tool === "polygon" ? null : "polygon")}>Polygon</button>
            <button onClick={p.onAdd} title="Put a rectangle in the middle; its bounds can be typed" aria-label="Add a rectangle in the middle">+</button>
          </div>
        )}
      </header>
      <p className={p.error ? "error" : "hint"} role="status">
        {p.error || (p.tool === "rectangle" ? "Drag over the image. Escape ends it." : p.tool === "polygon" ? "Click the corners; double-click or Enter closes it." : p.regions.length ? "" : p.control ? "Draw one over the image: its spectrum shows here." : "None.")}
      </p>
      <ul className="region-list">
        {p.regions.map((region, i) => (
          <li key={i} className={i === p.selected ? "selected" : ""}>
            <div className="region-row">
              <button className="swatch" aria-label={`Select ${p.names[i]}`} aria-pressed={i === p.selected} onClick={() => p.onSelect(i === p.selected ? null : i)}>
                <svg viewBox="0 0 14 14"><rect width="14" height="14" rx="3" fill={lineColour(i)} /></svg>
              </button>
              <input aria-label={`Name of region ${i + 1}`} value={p.names[i]} onChange={(e) => p.onName(i, e.target.value)} onFocus={() => p.onSelect(i)} />
              <span className="num" title="Counts in the region">{spectra[i] ? short(sumOf(spectra[i].y)) : "–"}</span>
              {p.control && <button className="plain" aria-label={`Delete ${p.names[i]}`} onClick={() => p.onDelete(i)}>✕</button>}
            </div>
            {i === p.selected && <Bounds region={region} control={p.control} onChange={(r) => p.onChange(i, r)} />}
          </li>
        ))}
      </ul>
      {p.regions.length > 0 && (
        <div className="spectra" data-sums={spectra.map((c) => sumOf(c.y)).join(" ")}>
          <label className="field-inline"><input type="checkbox" checked={log} onChange={(e) => setLog(e.target.checked)} /> log counts</label>
          {spectra.length ? <CurveView curves={spectra} xType="linear" yType={log ? "log" : "linear"} errors={false} webgl={false} description="Spectra of the regions" view={view} onView={setView} /> : <p className="waiting">Waiting for spectra…</p>}
        </div>
      )}
    </aside>
  );
}
