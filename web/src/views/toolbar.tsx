// What can be set of an enlarged image.
import { useState } from "react";
import { colourMaps, type ColourMap } from "../data/colour";
import type { Look } from "../parts/settings";
import type { Range, ScaleType } from "../data/scale";

function Bound({ label, value, onValue }: { label: string; value: number; onValue: (v: number) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const take = () => {
    const v = Number(typed);
    if (typed !== null && typed.trim() && Number.isFinite(v)) onValue(v);
    setTyped(null);
  };
  return <input className="short" aria-label={label} inputMode="decimal" value={typed ?? String(Number(value.toPrecision(6)))} onChange={(e) => setTyped(e.target.value)} onBlur={take} onKeyDown={(e) => e.key === "Enter" && take()} />;
}

export function LookBar({ look, range, onLook }: { look: Look; range: Range; onLook: (part: Partial<Look>) => void }) {
  return (
    <>
      <label className="field-inline">Scale
        <select value={look.scale} onChange={(e) => onLook({ scale: e.target.value as ScaleType })}>
          <option value="linear">linear</option>
          <option value="log">log</option>
          <option value="symlog">symlog</option>
        </select>
      </label>
      <label className="field-inline">Colours
        <select value={look.map} onChange={(e) => onLook({ map: e.target.value as ColourMap })}>
          {Object.entries(colourMaps).map(([name, { title }]) => <option key={name} value={name}>{title}</option>)}
        </select>
      </label>
      <label className="field-inline">Range
        <select
          value={look.range === "fixed" ? "fixed" : String(look.percentile)}
          onChange={(e) => onLook(e.target.value === "fixed" ? { range: "fixed", low: range[0], high: range[1] } : { range: "auto", percentile: Number(e.target.value) })}
        >
          <option value="100">all values</option>
          <option value="99.9">99.9 %</option>
          <option value="99.5">99.5 %</option>
          <option value="99">99 %</option>
          <option value="95">95 %</option>
          <option value="fixed">fixed</option>
        </select>
      </label>
      {look.range === "fixed" && (
        <span className="field-inline">
          <Bound label="Lowest value" value={look.low} onValue={(low) => onLook({ low })} /> to <Bound label="Highest value" value={look.high} onValue={(high) => onLook({ high })} />
        </span>
      )}
    </>
  );
}
