import { useCallback, useEffect, useRef, useState } from "react";
import { api, type Workflow } from "./engine/api";
import { Enlarged } from "./views/enlarged";
import { Header, type Tab } from "./views/header";
import { HistoryView } from "./views/history_view";
import { JobsView } from "./views/jobs_view";
import { connection } from "./engine/live";
import { SettingsView } from "./views/settings_view";
import { useStore } from "./parts/store";
import { Wall } from "./views/wall";

interface Place { tab: Tab; view: { job: string; output: string } | null }

/** Where the address leads: "#beam", "#jobs", "#history", or "#view/job/output". */
function placeOf(hash: string): Place {
  const [first, job, output] = hash.replace(/^#/, "").split("/").map(decodeURIComponent);
  if (first === "view" && job && output) return { tab: "beam", view: { job, output } };
  return { tab: first === "jobs" || first === "history" ? first : "beam", view: null };
}

const addressOf = (job: string, output: string) => `#view/${encodeURIComponent(job)}/${encodeURIComponent(output)}`;

/** The workflows, again after each new connection: another engine may have others. */
function useWorkflows(): Workflow[] {
  const [workflows, setWorkflows] = useState<Workflow[]>([]);
  const link = useStore(connection);
  useEffect(() => {
    if (link.state === "open") api.workflows().then(setWorkflows).catch(() => {});
  }, [link.state]);
  return workflows;
}

export function App() {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  const [setting, setSetting] = useState(false);
  const workflows = useWorkflows();
  useEffect(() => {
    const onHash = () => setPlace(placeOf(location.hash));
    window.addEventListener("hashchange", onHash);
    return () => window.removeEventListener("hashchange", onHash);
  }, []);
  const open = useCallback((job: string, output: string) => {
    location.hash = addressOf(job, output);
  }, []);
  const go = useCallback((job: string, output: string) => {
    // From view to view: one step back leads to the wall.
    history.replaceState(null, "", addressOf(job, output));
    setPlace(placeOf(location.hash));
  }, []);
  const close = useCallback(() => {
    location.hash = "#beam";
  }, []);
  // Back on the wall, one is at the view that one came from.
  const came = useRef<string | null>(null);
  useEffect(() => {
    if (!place.view && place.tab === "beam" && came.current) document.querySelector<HTMLElement>(`[data-job="${CSS.escape(came.current)}"] .tile-open`)?.focus();
    came.current = place.view?.job ?? null;
  }, [place]);
  const { tab, view } = place;
  return (
    <>
      <a className="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById("main")!.focus(); }}>To the content</a>
      <Header tab={tab} onSettings={() => setSetting(true)} />
      <main id="main" tabIndex={-1}>
        {view ? (
          <Enlarged jobId={view.job} outputName={view.output} workflows={workflows} onGo={go} onClose={close} />
        ) : tab === "jobs" ? (
          <JobsView workflows={workflows} onOpen={open} />
        ) : tab === "history" ? (
          <HistoryView />
        ) : (
          <Wall workflows={workflows} onOpen={open} />
        )}
      </main>
      {setting && <SettingsView onClose={() => setSetting(false)} />}
    </>
  );
}
