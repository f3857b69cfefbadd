// The last hour: lag and rates; and what the engine has logged.
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { api, type History, type LogLine } from "../engine/api";
import { lineColour } from "../data/colour";
import { clock } from "../data/format";
import { connection } from "../engine/live";
import { useStore } from "../parts/store";

const Strip = lazy(() => import("../plot/strip"));

/** What a request gives, again every so many ms while the page is seen; what was given last stays. */
function usePolled<T>(load: () => Promise<T>, every: number): { value: T | null; error: string } {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    let ended = false;
    const go = async () => {
      if (document.hidden) return;
      try {
        const next = await load();
        if (ended) return;
        setValue(next);
        setError("");
      } catch (e) {
        if (!ended) setError((e as Error).message);
      }
    };
    go();
    const timer = setInterval(go, every);
    return () => {
      ended = true;
      clearInterval(timer);
    };
  }, []);
  return { value, error };
}

const levels: Record<string, string> = { error: "bad", warning: "warn", info: "good", debug: "idle" };

function Log() {
  const { value: lines, error } = usePolled<LogLine[]>(() => api.log(200), 3000);
  const [least, setLeast] = useState("info");
  const order = ["debug", "info", "warning", "error"];
  const seen = (lines ?? []).filter((l) => order.indexOf(l.level) < 0 || order.indexOf(l.level) >= order.indexOf(least)).slice().sort((a, b) => b.time - a.time);
  return (
    <section className="card log" aria-label="Log">
      <header>
        <h2>Log</h2>
        <label className="field-inline">from
          <select value={least} onChange={(e) => setLeast(e.target.value)}>{order.map((l) => <option key={l}>{l}</option>)}</select>
        </label>
      </header>
      <ol tabIndex={0} aria-label="Log lines, newest first">
        {seen.map((l, i) => (
          <li key={`${l.time} ${i}`} className={levels[l.level] ?? ""}><time>{clock(l.time)}</time> <b>{l.level}</b> <span>{l.text}</span></li>
        ))}
        {lines && !seen.length && <li className="hint">Nothing was logged.</li>}
        {error && !lines && <li className="error">{error}</li>}
      </ol>
    </section>
  );
}

export function HistoryView() {
  const { value: h, error } = usePolled<History>(api.history, 5000);
  const link = useStore(connection);
  const lag = useMemo(() => (h ? [{ label: "median", colour: lineColour(0), values: h.lag_p50_s, unit: "s" }, { label: "99 % within", colour: lineColour(1), values: h.lag_p99_s, unit: "s" }] : []), [h]);
  const events = useMemo(() => (h ? [{ label: "events", colour: lineColour(2), values: h.events_per_s, unit: "1/s" }] : []), [h]);
  const messages = useMemo(() => (h ? [{ label: "messages", colour: lineColour(4), values: h.messages_per_s, unit: "1/s" }] : []), [h]);
  const card = (title: string, lines: typeof lag, form: "duration" | "short") => (
    <section className="card" aria-label={title}>
      <h2>{title}</h2>
      <div className="strip-frame">
        {h && h.time.length > 1 ? <Suspense fallback={<p className="waiting">Loading the viewer…</p>}><Strip title={title} time={h.time} lines={lines} form={form} fromZero /></Suspense> : <p className="waiting">{error || "History begins a few seconds after the start."}</p>}
      </div>
    </section>
  );
  return (
    <section className="history" aria-label="History" data-link={link.state}>
      {card("Lag of the last hour", lag, "duration")}
      {card("Events per second", events, "short")}
      {card("Messages per second", messages, "short")}
      <Log />
    </section>
  );
}
