// The wall: a small picture of every job.
import { memo, useMemo, useState, type KeyboardEvent } from "react";
import type { Workflow } from "../engine/api";
import { jobs } from "../engine/live";
import { change, lookOf, settings, type Look } from "../parts/settings";
import { StateBadge } from "../parts/parts";
import { useStore } from "../parts/store";
import { Thumbnail } from "./thumbnail";
import { moved, tilesOf, type Tile } from "../engine/tiles";

interface TileProps {
  id: string;
  output: string | null;
  title: string;
  source: string;
  state: string;
  text: string;
  tileKey: string;
  look: Look;
  arranging: boolean;
  hidden: boolean;
  onOpen: (job: string, output: string) => void;
  onMove: (key: string, by: number) => void;
  onDropOn: (key: string, on: string) => void;
  onHide: (key: string) => void;
}

const TileCard = memo(function TileCard(p: TileProps) {
  const name = `${p.title}, ${p.source}`;
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!p.arranging || by === undefined || event.target !== event.currentTarget) return;
    event.preventDefault();
    p.onMove(p.tileKey, by);
  };
  return (
    <li
      className={`tile${p.hidden ? " is-hidden" : ""}${p.arranging ? " arranging" : ""}`}
      data-job={p.id}
      data-output={p.output ?? ""}
      draggable={p.arranging}
      onDragStart={(event) => event.dataTransfer.setData("text/plain", p.tileKey)}
      onDragOver={(event) => p.arranging && event.preventDefault()}
      onDrop={(event) => p.onDropOn(event.dataTransfer.getData("text/plain"), p.tileKey)}
    >
      <button
        className="tile-open"
        disabled={!p.output && !p.arranging}
        aria-label={p.arranging ? `${name}. Arrow keys move it` : `Enlarge ${name}`}
        onClick={() => !p.arranging && p.output && p.onOpen(p.id, p.output)}
        onKeyDown={onKeyDown}
      >
        <span className="tile-head">
          <b title={p.source}>{p.source}</b>
          <StateBadge state={p.state} text={p.text} quiet />
        </span>
        {p.output ? (
          <Thumbnail job={p.id} output={p.output} look={p.look} name={name} title={p.title} />
        ) : (
          <>
            <span className="thumbnail none">No result yet</span>
            <span className="tile-foot"><span>{p.title}</span></span>
          </>
        )}
      </button>
      {p.arranging && (
        <button className="tile-hide" aria-pressed={p.hidden} onClick={() => p.onHide(p.tileKey)}>{p.hidden ? "Show" : "Hide"}</button>
      )}
    </li>
  );
});

const groupOf = (tile: Tile) =>
  tile.job.service === "detector_data" ? "Detectors" : tile.job.service === "monitor_data" ? "Monitors" : tile.job.service === "timeseries" ? "Time series" : "Reduction";

export function Wall({ workflows, onOpen }: { workflows: Workflow[]; onOpen: (job: string, output: string) => void }) {
  const s = useStore(settings);
  const all = useStore(jobs);
  const [arranging, setArranging] = useState(false);
  const tiles = useMemo(() => tilesOf(all ?? [], workflows, s.window, s.order), [all, workflows, s.window, s.order]);
  const hidden = new Set(s.hidden);
  const seen = arranging ? tiles : tiles.filter(({ key }) => !hidden.has(key));
  // Once arranged by hand, the tiles are one wall.
  const groups = s.order.length || arranging ? [["", seen] as const] : [...new Set(seen.map(groupOf))].map((name) => [name, seen.filter((t) => groupOf(t) === name)] as const);

  const handlers = useMemo(
    () => ({
      onMove: (key: string, by: number) => change({ order: moved(tilesOf(jobs.get() ?? [], workflows, s.window, settings.get().order).map((t) => t.key), key, by) }),
      onDropOn: (key: string, on: string) => {
        const keys = tilesOf(jobs.get() ?? [], workflows, s.window, settings.get().order).map((t) => t.key);
        change({ order: moved(keys, key, keys.indexOf(on) - keys.indexOf(key)) });
      },
      onHide: (key: string) => {
        const { hidden: now } = settings.get();
        change({ hidden: now.includes(key) ? now.filter((k) => k !== key) : [...now, key] });
      },
    }),
    [workflows, s.window],
  );

  if (!all) return <div className="wall-empty" aria-busy="true"><p>Waiting for the engine…</p></div>;
  return (
    <section className={`wall size-${s.tileSize}`} aria-label="All views">
      <div className="wall-bar">
        <div className="segmented" role="group" aria-label="Counts">
          <button aria-pressed={!s.window} onClick={() => change({ window: false })}>Since the start</button>
          <button aria-pressed={s.window} onClick={() => change({ window: true })}>Last update</button>
        </div>
        <label className="field-inline">Colours
          <select value={s.look.scale} onChange={(e) => change({ look: { ...s.look, scale: e.target.value as Look["scale"] }, looks: {} })} aria-label="Colour scale of all views">
            <option value="linear">linear</option>
            <option value="log">log</option>
            <option value="symlog">symlog</option>
          </select>
        </label>
        <label className="field-inline">Size
          <select value={s.tileSize} onChange={(e) => change({ tileSize: e.target.value as typeof s.tileSize })}>
            <option value="small">small</option>
            <option value="medium">medium</option>
            <option value="large">large</option>
          </select>
        </label>
        <span className="spacer" />
        {!arranging && hidden.size > 0 && <span className="hint">{tiles.length - seen.length} hidden</span>}
        {arranging && (s.order.length > 0 || hidden.size > 0) && <button onClick={() => change({ order: [], hidden: [] })}>Instrument's order</button>}
        <button aria-pressed={arranging} onClick={() => setArranging(!arranging)}>{arranging ? "Done" : "Arrange"}</button>
      </div>
      {all.length === 0 && <div className="wall-empty"><p>No job is running.</p><p><a className="button" href="#jobs">Start one</a></p></div>}
      {groups.map(([name, members]) => (
        <div key={name} className="wall-group">
          {name && <h2>{name} <small>{members.length}</small></h2>}
          <ul className="tiles">
            {members.map(({ key, job, output }) => (
              <TileCard
                key={job.id}
                id={job.id}
                output={output?.name ?? null}
                title={job.title}
                source={job.source}
                state={job.state}
                text={job.text}
                tileKey={key}
                look={lookOf(s, key)}
                arranging={arranging}
                hidden={hidden.has(key)}
                onOpen={onOpen}
                {...handlers}
              />
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}
