// One output, large: the picture, how it is coloured, its regions, and its files.
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { api, type Job, type Output, type Workflow } from "../engine/api";
import { curvesOf, imageOf, shownAs, slicesOf, type Curve } from "../data/arrays";
import { lineColour } from "../data/colour";
import { CurveView, viewOfCurves } from "../plot/curve_view";
import { saveCanvas, saveJson, saveText } from "../parts/files";
import { csvOfCurves, csvOfImage, csvOfSeries } from "../data/tables";
import { clock, duration, number } from "../data/format";
import { hasEqualUnits, ImageView, viewOfImage } from "../plot/image_view";
import { specificationOf } from "./jobs_view";
import { engineNow, jobs, keyOf, status, type Frame } from "../engine/live";
import type { View } from "../plot/paint";
import { Menu, StateBadge, useNow } from "../parts/parts";
import { pictureOfCurves, pictureOfImage } from "../plot/picture";
import type { Tool } from "../plot/region_layer";
import { RegionPanel } from "./region_panel";
import { added, placeOf, rectangle, usualName, type Region } from "../data/regions";
import type { Range, ScaleType } from "../data/scale";
import { change, changeLook, lookOf, settings } from "../parts/settings";
import { useStore } from "../parts/store";
import { rangeOf } from "./thumbnail";
import { shownOutputs, tileKey, tilesOf } from "../engine/tiles";
import { LookBar } from "./toolbar";
import { useFrames } from "../engine/use_frames";
import { useRegions } from "../engine/use_regions";
import { webgl } from "../plot/webgl";

const Strip = lazy(() => import("../plot/strip"));

export interface EnlargedProps {
  jobId: string;
  outputName: string;
  workflows: Workflow[];
  onGo: (job: string, output: string) => void;
  onClose: () => void;
}

/** The job; after a restart of the engine the one that took its place. */
function useJob(id: string, onGo: EnlargedProps["onGo"], output: string): Job | null {
  const all = useStore(jobs);
  const last = useRef<Job | null>(null);
  const job = all?.find((j) => j.id === id) ?? null;
  if (job) last.current = job;
  const heir = !job && last.current ? all?.find((j) => tileKey(j) === tileKey(last.current!)) : undefined;
  useEffect(() => {
    if (heir) onGo(heir.id, output);
  }, [heir?.id]);
  return job ?? last.current;
}

const titleOfOutput = (workflows: Workflow[], job: Job, output: Output) =>
  output.title ?? workflows.find(({ id }) => id === job.workflow)?.outputs?.find(({ name }) => name === output.name)?.title ?? output.name.replaceAll("_", " ");

/** Outputs that are the same counts, since the start and of the last update. */
const twinOf = (job: Job, name: string): string | null => {
  const twin = name === "cumulative" ? "current" : name === "current" ? "cumulative" : name.endsWith("_cumulative") ? name.replace(/_cumulative$/, "_current") : name.endsWith("_current") ? name.replace(/_current$/, "_cumulative") : "";
  return job.outputs.some((o) => o.name === twin) ? twin : null;
};

const isWindow = (name: string) => name === "current" || name.endsWith("_current");

// More than this many values is sent as large as the screen only, until one zooms in.
const largest = 4_000_000;

export function Enlarged({ jobId, outputName, workflows, onGo, onClose }: EnlargedProps) {
  const job = useJob(jobId, onGo, outputName);
  const all = useStore(jobs) ?? [];
  const s = useStore(settings);
  const [view, setView] = useState<View | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => setView(null), [jobId]);
  useEffect(() => heading.current?.focus(), []);

  const go = (by: number) => {
    const hidden = new Set(s.hidden);
    const tiles = tilesOf(all, workflows, s.window, s.order).filter((t) => t.output && !hidden.has(t.key));
    const at = tiles.findIndex((t) => t.job.id === jobId);
    const next = tiles[(at + by + tiles.length) % tiles.length];
    if (next) onGo(next.job.id, next.output!.name);
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.defaultPrevented || target.closest("input, select, dialog, .plot")) {
        if (event.key === "Escape" && target.closest(".plot")) onClose();
        return;
      }
      if (event.key === "Escape") onClose();
      else if (event.key === "ArrowLeft" && !event.altKey) go(-1);
      else if (event.key === "ArrowRight" && !event.altKey) go(1);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });

  if (!job)
    return (
      <section className="enlarged"><div className="wall-empty"><p>{all.length ? "This job is not there any more." : "Waiting for the engine…"}</p><p><button onClick={onClose}>Back to all views</button></p></div></section>
    );
  const output = job.outputs.find(({ name }) => name === outputName) ?? null;
  const twin = twinOf(job, outputName);
  const pair = [outputName, twin ?? ""].sort((a, b) => Number(isWindow(a)) - Number(isWindow(b)));
  const outputs = shownOutputs(job).filter((o) => o.name === outputName || o.name !== twin).filter((o) => !isWindow(o.name) || o.name === outputName || !twinOf(job, o.name));
  return (
    <section className="enlarged" aria-label={`${job.title} of ${job.source}`}>
      <div className="enlarged-head">
        <button onClick={onClose} aria-label="Back to all views" title="Back to all views (Escape)">←<span className="wide-only"> All views</span></button>
        <h2 tabIndex={-1} ref={heading}>{job.source} <small>{job.title}</small></h2>
        <StateBadge state={job.state} text={job.text} />
        <span className="spacer" />
        <button onClick={() => go(-1)} aria-label="Former view" title="Former view (arrow key)">‹</button>
        <button onClick={() => go(1)} aria-label="Next view" title="Next view (arrow key)">›</button>
      </div>
      <div className="wall-bar outputs">
        {twin && (
          <div className="segmented" role="group" aria-label="Counts">
            {pair.map((name) => <button key={name} aria-pressed={name === outputName} onClick={() => onGo(job.id, name)}>{isWindow(name) ? "Last update" : "Since the start"}</button>)}
          </div>
        )}
        <label className="field-inline">Shown
          <select value={outputName} onChange={(e) => onGo(job.id, e.target.value)}>
            {outputs.map((o) => <option key={o.name} value={o.name}>{titleOfOutput(workflows, job, o)}</option>)}
          </select>
        </label>
        <Age job={job.id} output={outputName} />
      </div>
      <Content key={`${job.id} ${output?.kind}`} job={job} outputName={outputName} output={output} all={all} view={view} onView={setView} />
    </section>
  );
}

function Age({ job, output }: { job: string; output: string }) {
  useNow();
  const time = useStore(jobs)?.find((j) => j.id === job)?.outputs.find((o) => o.name === output)?.time;
  return <span className="hint">{time ? `${clock(time)}, ${duration(Math.max(0, engineNow() - time))} ago` : ""}</span>;
}

interface ContentProps { job: Job; outputName: string; output: Output | null; all: Job[]; view: View | null; onView: (view: View | null) => void }

function Content({ job, outputName, output, all, view, onView }: ContentProps) {
  const elements = output?.shape.reduce((n, l) => n * l, 1) ?? 0;
  const size: [number, number] | null = elements > largest && !view ? [Math.round(window.innerWidth * (window.devicePixelRatio || 1)), Math.round(window.innerHeight * (window.devicePixelRatio || 1))] : null;
  const [overlays, setOverlays] = useState<string[]>([]);
  const kind = output?.kind ?? "";
  const alike = useMemo(
    () => (kind === "curve" ? all.filter((j) => j.id !== job.id && j.outputs.some((o) => o.name === outputName && o.kind === "curve" && o.dims.join() === output!.dims.join() && o.unit === output!.unit)) : []),
    [all, kind, job.id, outputName],
  );
  const drawn = overlays.filter((id) => alike.some((j) => j.id === id));
  const frames = useFrames([{ job: job.id, output: outputName, max_size: size }, ...drawn.map((id) => ({ job: id, output: outputName, max_size: null }))]);
  const frame = frames.get(keyOf(job.id, outputName));
  const array = frame?.array;
  const shown = array ? shownAs(array) : null;

  const files = (more: [string, () => void][]) => (
    <Menu label="Export">
      {more.map(([label, action]) => <button key={label} onClick={action}>{label}</button>)}
      <a className="button" href={api.outputUrl(job.id, outputName, "hdf5")} download={`${job.source}-${outputName}.h5`.replaceAll("/", "_")}>Numbers (HDF5, NXdata)</a>
      <button onClick={() => saveJson(`${job.source}-${job.job_number}.json`, specificationOf(job))}>The job's specification (JSON)</button>
    </Menu>
  );
  if (!array || !frame) return <div className="stage-frame"><div className="wall-empty" aria-busy="true"><p>Waiting for the first result…</p></div></div>;
  if (shown === "image" || shown === "volume") return <ImageContent {...{ job, outputName, view, onView, files }} frame={frame} />;
  if (shown === "curve") {
    const own = curvesOf(array, job.source);
    const others = drawn.flatMap((id) => {
      const other = frames.get(keyOf(id, outputName));
      return other ? curvesOf(other.array, all.find((j) => j.id === id)?.source ?? id) : [];
    });
    return (
      <CurveContent
        curves={[...own, ...others]}
        name={`${job.source}-${outputName}`}
        title={`${job.source}, ${job.title}`}
        {...{ view, onView, files }}
        overlays={alike.map((j) => ({ id: j.id, name: j.source, on: overlays.includes(j.id) }))}
        onOverlay={(id) => setOverlays(overlays.includes(id) ? overlays.filter((o) => o !== id) : [...overlays, id])}
      />
    );
  }
  if (shown === "timeseries" && frame.series) {
    const { series } = frame;
    return (
      <div className="stage-frame">
        <div className="wall-bar">{files([["Picture (PNG)", () => { const c = document.querySelector<HTMLCanvasElement>(".strip canvas"); if (c) saveCanvas(`${job.source}.png`, c); }], ["Numbers (CSV)", () => saveText(`${job.source}.csv`, csvOfSeries(job.source, series))]])}
          <span className="big-number">{number(series.values[series.values.length - 1])} <small>{series.unit}</small></span>
        </div>
        <div className="stage"><Suspense fallback={<p className="waiting">Loading the viewer…</p>}><Strip title={`${job.source} over time`} time={series.time} form="number" lines={[{ label: job.source, colour: lineColour(0), values: series.values, unit: series.unit, steps: true }]} /></Suspense></div>
        <p className="read-out">{series.time.length} samples since {clock(series.time[0])}. Drag to zoom, double-click to see all.</p>
      </div>
    );
  }
  return <div className="stage-frame"><div className="wall-bar">{files([])}</div><div className="stage scalar"><span>{number(array.data.values[0], 12)}</span><small>{array.data.unit}</small></div></div>;
}

type Files = (more: [string, () => void][]) => JSX.Element;

function useWebgl(): boolean {
  const { renderer } = useStore(settings);
  return renderer === "webgl" ? webgl() !== "none" : renderer === "auto" && webgl() === "card";
}

function ImageContent({ job, outputName, frame, view, onView, files }: { job: Job; outputName: string; frame: Frame; view: View | null; onView: (v: View | null) => void; files: Files }) {
  const s = useStore(settings);
  const tile = tileKey(job);
  const look = lookOf(s, tile);
  const [slice, setSlice] = useState(0);
  const slices = slicesOf(frame.array);
  const image = useMemo(() => imageOf(frame.array, slice), [frame, slice]);
  const [lowest, highest] = useMemo((): Range => (image ? rangeOf(look, image.values) : [0, 1]), [image, look]);
  const range = useMemo((): Range => [lowest, highest], [lowest, highest]);
  const stage = useRef<HTMLDivElement>(null);
  const usesWebgl = useWebgl();
  const control = useStore(status)?.control ?? false;
  const hasRegions = slices === 1 && job.outputs.some(({ name }) => name.startsWith("roi_spectra"));
  const { regions, error, set } = useRegions(job.id, hasRegions);
  const [selected, setSelected] = useState<number | null>(null);
  const [tool, setTool] = useState<Tool>(null);
  const spectraName = isWindow(outputName) ? "roi_spectra_current" : "roi_spectra_cumulative";
  const spectra = useFrames(hasRegions ? [{ job: job.id, output: spectraName, max_size: null }] : [], 4).get(keyOf(job.id, spectraName));
  const curves = useMemo(() => (spectra ? curvesOf(spectra.array, "") : []), [spectra]);
  if (!image) return <div className="wall-empty"><p>This image is empty.</p></div>;

  const names = regions.map((r) => s.regionNames[`${tile} ${placeOf(r)}`] ?? usualName(r));
  const units = { x: image.x.named ? image.x.unit : null, y: image.y.named ? image.y.unit : null };
  const put = (i: number, region: Region, send: boolean) => set(regions.map((r, k) => (k === i ? region : r)), send);
  const add = (region: Region | null) => {
    setTool(null);
    if (!region) return;
    const next = added(regions, region);
    setSelected(next.findIndex((r) => !regions.includes(r)));
    set(next, true);
  };
  const remove = (i: number) => {
    const { [`${tile} ${placeOf(regions[i])}`]: _, ...regionNames } = s.regionNames;
    change({ regionNames });
    setSelected(null);
    set(regions.filter((__, k) => k !== i), true);
  };
  const addInMiddle = () => {
    const { x, y } = view ?? viewOfImage(image);
    const part = ([a, b]: Range, t: number) => a + (b - a) * t;
    add(rectangle({ x: part(x, 0.35), y: part(y, 0.35) }, { x: part(x, 0.65), y: part(y, 0.65) }, units.x, units.y));
  };
  const layer = { regions, names, selected, tool, units, onSelect: setSelected, onChange: control ? put : () => {}, onDrawn: add };
  const equalUnits = s.aspect === "equal" && hasEqualUnits(image);
  const name = `${job.source}-${outputName}`;
  const picture = () => saveCanvas(`${name}.png`, pictureOfImage({ image, look, range, equalUnits, view: view ?? viewOfImage(image), regions, names, title: `${job.source}, ${job.title}, ${clock(frame.time)}`, size: stage.current! }));
  return (
    <>
      <div className="wall-bar looks">
        <LookBar look={look} range={range} onLook={(part) => changeLook(tile, part)} />
        {hasEqualUnits(image) && (
          <label className="field-inline"><input type="checkbox" checked={s.aspect === "equal"} onChange={(e) => change({ aspect: e.target.checked ? "equal" : "fill" })} /> equal lengths</label>
        )}
        <button onClick={() => onView(null)} disabled={!view}>Show all</button>
        <span className="spacer" />
        {files([["Picture (PNG)", picture], ["Numbers (CSV)", () => saveText(`${name}.csv`, csvOfImage(image))]])}
      </div>
      {slices > 1 && (
        <label className="slice">Slice
          <input type="range" min={0} max={slices - 1} value={slice} onChange={(e) => setSlice(Number(e.target.value))} />
          <output>{sliceText(frame, slice, slices)}</output>
        </label>
      )}
      <div className={`enlarged-body${hasRegions ? " with-panel" : ""}`}>
        <div className="stage-frame" ref={stage} data-range={`${lowest} ${highest}`}>
          <ImageView image={image} look={look} range={range} equalUnits={equalUnits} webgl={usesWebgl} description={`${job.title} of ${job.source}`} view={view} onView={onView} regions={layer} scaled={frame.scaled} />
        </div>
        {hasRegions && (
          <RegionPanel
            {...{ regions, names, selected, tool, control, error }}
            spectra={curves}
            onTool={setTool}
            onAdd={addInMiddle}
            onSelect={setSelected}
            onName={(i, text) => change({ regionNames: { ...s.regionNames, [`${tile} ${placeOf(regions[i])}`]: text } })}
            onChange={(i, region) => put(i, region, true)}
            onDelete={remove}
          />
        )}
      </div>
    </>
  );
}

function sliceText({ array }: Frame, slice: number, slices: number): string {
  const { data, coords } = array;
  const coord = data.dims.length === 3 ? coords.get(data.dims[0]) : undefined;
  const at = coord && (coord.values.length === slices + 1 ? (coord.values[slice] + coord.values[slice + 1]) / 2 : coord.values[slice]);
  return at === undefined ? `${slice + 1} of ${slices}` : `${data.dims[0]} ${number(at, 5)} ${coord!.unit}`;
}

interface CurveContentProps {
  curves: Curve[];
  name: string;
  title: string;
  view: View | null;
  onView: (v: View | null) => void;
  files: Files;
  overlays: { id: string; name: string; on: boolean }[];
  onOverlay: (id: string) => void;
}

function CurveContent({ curves, name, title, view, onView, files, overlays, onOverlay }: CurveContentProps) {
  const [xType, setX] = useState<ScaleType>(() => (name.endsWith("i_of_q") ? "log" : "linear"));
  const [yType, setY] = useState<ScaleType>(() => (name.endsWith("i_of_q") ? "log" : "linear"));
  const [errors, setErrors] = useState(true);
  const usesWebgl = useWebgl();
  const stage = useRef<HTMLDivElement>(null);
  const hasErrors = curves.some((c) => c.errors);
  const pick = (label: string, type: ScaleType, put: (t: ScaleType) => void) => (
    <label className="field-inline">{label}
      <select value={type} onChange={(e) => { put(e.target.value as ScaleType); onView(null); }}><option value="linear">linear</option><option value="log">log</option></select>
    </label>
  );
  return (
    <>
      <div className="wall-bar looks">
        {pick("Horizontal", xType, setX)}
        {pick("Vertical", yType, setY)}
        {hasErrors && <label className="field-inline"><input type="checkbox" checked={errors} onChange={(e) => setErrors(e.target.checked)} /> errors</label>}
        {overlays.length > 0 && (
          <details className="menu"><summary className="button">Compare with…</summary><div className="menu-list checks">{overlays.map((o) => <label key={o.id}><input type="checkbox" checked={o.on} onChange={() => onOverlay(o.id)} /> {o.name}</label>)}</div></details>
        )}
        <button onClick={() => onView(null)} disabled={!view}>Show all</button>
        <span className="spacer" />
        {files([["Picture (PNG)", () => saveCanvas(`${name}.png`, pictureOfCurves({ curves, xType, yType, errors, view: view ?? viewOfCurves(curves, xType, yType, errors), title, size: stage.current! }))], ["Numbers (CSV)", () => saveText(`${name}.csv`, csvOfCurves(curves))]])}
      </div>
      {curves.length > 1 && <ul className="legend">{curves.map((c, i) => <li key={`${c.name} ${i}`}><svg viewBox="0 0 14 4" aria-hidden="true"><rect width="14" height="4" fill={lineColour(i)} /></svg>{c.name}</li>)}</ul>}
      <div className="stage-frame" ref={stage}><CurveView {...{ curves, xType, yType, errors, view, onView }} webgl={usesWebgl} description={title} /></div>
    </>
  );
}

