// At a glance: what measures, how fast, how late, and what is wrong.
import { clock, duration, short } from "../data/format";
import { clockAhead, connection, jobs, lastHeard, status } from "../engine/live";
import { useNow } from "../parts/parts";
import { useStore } from "../parts/store";
import type { Job, Problem, Status } from "../engine/api";

/** What is wrong in one sentence; null: nothing. The engine's own words come first. */
export function whatIsWrong(s: Status | null, all: Job[] | null): Problem | null {
  const worst = s?.problems.find(({ severity }) => severity === "error") ?? s?.problems[0];
  if (worst) {
    const others = s!.problems.length - 1;
    return others ? { ...worst, text: `${worst.text} (and ${others} more)` } : worst;
  }
  const failed = all?.filter(({ state }) => state === "error") ?? [];
  if (failed.length) return { severity: "error", text: `${failed[0].title} of ${failed[0].source}: ${failed[0].text || "in error"}${failed.length > 1 ? ` (and ${failed.length - 1} more)` : ""}` };
  const warned = all?.filter(({ state }) => state === "warning") ?? [];
  if (warned.length) return { severity: "warning", text: `${warned[0].title} of ${warned[0].source}: ${warned[0].text || "has a warning"}${warned.length > 1 ? ` (and ${warned.length - 1} more)` : ""}` };
  return null;
}

function Figure({ name, value, title, kind = "" }: { name: string; value: string; title?: string; kind?: string }) {
  return (
    <div className={`figure ${kind}`} title={title}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Health() {
  const now = useNow();
  const s = useStore(status);
  const all = useStore(jobs);
  const link = useStore(connection);
  const heard = useStore(lastHeard);
  if (link.state === "lost" && link.refused)
    return <p className="health bad" role="status"><span aria-hidden="true">■</span> The engine wants its token: open this page once with ?token=… behind its address.</p>;
  if (link.state === "lost")
    return (
      <p className="health bad" role="status">
        <span aria-hidden="true">■</span> {heard ? `Connection lost ${duration(Math.max(0, now - link.since))} ago; this is the picture of ${clock(heard)}. Trying again.` : "The engine does not answer. Trying again."}
      </p>
    );
  if (!s) return <p className="health idle" role="status"><span aria-hidden="true">○</span> Connecting…</p>;
  const wrong = whatIsWrong(s, all);
  if (!wrong) return <p className="health good" role="status"><span aria-hidden="true">●</span> All is well.</p>;
  return (
    <p className={`health ${wrong.severity === "error" ? "bad" : "warn"}`} role="status" title={s.problems.map((p) => p.text).join("\n")}>
      <span aria-hidden="true">{wrong.severity === "error" ? "■" : "▲"}</span> {wrong.text}
    </p>
  );
}

const runText = (s: Status, now: number): [string, string] => {
  if (!s.run) return ["no run", "The file writer has told of no run"];
  const { name, start_time, stop_time } = s.run;
  return stop_time && stop_time <= now ? [`${name}, ended`, `Ended at ${clock(stop_time)}`] : [name, `Runs since ${clock(start_time)}`];
};

function Figures() {
  const now = useNow();
  const s = useStore(status);
  const link = useStore(connection);
  const ahead = useStore(clockAhead);
  const all = useStore(jobs);
  if (!s) return <dl className="figures" aria-hidden="true">{["Run", "Rate", "Lag", "Data", "Jobs"].map((n) => <Figure key={n} name={n} value="–" />)}</dl>;
  const since = Math.max(0, now + ahead - s.now_time);
  const age = s.data_age_s === null ? null : s.data_age_s + (link.state === "lost" ? since : 0);
  const [run, more] = runText(s, now + ahead);
  const late = (s.lag.last_s ?? 0) > 5;
  return (
    <dl className="figures">
      <Figure name="Run" value={run} title={more} kind="wide" />
      <Figure name="Rate" value={`${short(s.events_per_s)} ev/s`} title={`${short(s.messages_per_s)} messages per second`} />
      <Figure name="Lag" value={duration(s.lag.last_s)} title={`From the pulse to the result. Of the last five minutes: median ${duration(s.lag.p50_s)}, 99 % within ${duration(s.lag.p99_s)}`} kind={late ? "warn" : ""} />
      <Figure name="Data" value={age === null ? "none yet" : `${duration(age)} old`} title="How long ago the newest neutrons were detected" kind={age !== null && age > 10 ? "warn" : ""} />
      <Figure name="Jobs" value={String(all?.length ?? "–")} />
    </dl>
  );
}

export type Tab = "beam" | "jobs" | "history";

export function Header({ tab, onSettings }: { tab: Tab; onSettings: () => void }) {
  const s = useStore(status);
  return (
    <header className="top">
      <div className="brand">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <h1>{s ? (s.title ?? s.instrument).toUpperCase() : "livedata"}</h1>
      </div>
      <Figures />
      <Health />
      <nav aria-label="Parts of the page">
        <a href="#beam" aria-current={tab === "beam" ? "page" : undefined}>Beam</a>
        <a href="#jobs" aria-current={tab === "jobs" ? "page" : undefined}>Jobs</a>
        <a href="#history" aria-current={tab === "history" ? "page" : undefined}>History</a>
        <button className="plain" onClick={onSettings} aria-label="Settings" title="Settings">
          <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M3 5h8m4 0h2M3 10h2m4 0h8M3 15h6m4 0h4" /><circle cx="13" cy="5" r="1.8" /><circle cx="7" cy="10" r="1.8" /><circle cx="11" cy="15" r="1.8" /></svg>
        </button>
      </nav>
    </header>
  );
}
