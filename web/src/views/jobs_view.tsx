// All jobs as a table, and what can be done with them.
import { useState } from "react";
import { api, type Job, type Workflow } from "../engine/api";
import { clock, duration, short } from "../data/format";
import { jobs, status } from "../engine/live";
import { Dialog, isPaused, StateBadge } from "../parts/parts";
import { StartForm } from "./start_form";
import { useStore } from "../parts/store";
import { principal } from "../engine/tiles";
import { saveJson } from "../parts/files";

type Action = "stop" | "reset" | "pause" | "resume";

function Row({ job, control, act, onLike, onOpen }: { job: Job; control: boolean; act: (action: Action) => void; onLike: () => void; onOpen: (job: string, output: string) => void }) {
  const output = principal(job, false);
  return (
    <tr data-job={job.id}>
      <th scope="row">
        {output ? <button className="link" onClick={() => onOpen(job.id, output.name)}>{job.source}</button> : job.source}
        <small>{job.title}</small>
      </th>
      <td data-name="State"><StateBadge state={job.state} text={job.text} />{job.text && <small className="job-text">{job.text}</small>}</td>
      <td data-name="Lag" className="num">{duration(job.lag_s)}</td>
      <td data-name="Rate" className="num">{short(job.events_per_s)} <small>ev/s</small></td>
      <td data-name="Since" className="num">{clock(job.start_time)}</td>
      <td className="actions">
        <button onClick={() => saveJson(`${job.source}-${job.job_number}.json`, specificationOf(job))} title="The job's specification as a file">JSON</button>
        {control && (
          <>
            <button onClick={onLike} title="Start another like this">Copy…</button>
            <button onClick={() => act("reset")} title="Begin counting from zero">Reset</button>
            {isPaused(job) ? <button onClick={() => act("resume")}>Resume</button> : <button onClick={() => act("pause")}>Pause</button>}
            <button onClick={() => act("stop")} className="danger">Stop</button>
          </>
        )}
      </td>
    </tr>
  );
}

export const specificationOf = ({ workflow, source, params, aux_source_names, job_number }: Job) => ({ workflow, source, job_number, params, aux_source_names });

export function JobsView({ workflows, onOpen }: { workflows: Workflow[]; onOpen: (job: string, output: string) => void }) {
  const all = useStore(jobs);
  const s = useStore(status);
  const [starting, setStarting] = useState<{ like?: Job } | null>(null);
  const [stopping, setStopping] = useState<Job | null>(null);
  const [message, setMessage] = useState<{ kind: "good" | "bad"; text: string } | null>(null);
  const [sought, setSought] = useState("");

  const act = async (job: Job, action: Action) => {
    const done = { stop: "stopped", reset: "reset: it counts from zero", pause: "paused", resume: "resumed" }[action];
    try {
      await api.act(job.id, action);
      setMessage({ kind: "good", text: `${job.title} of ${job.source} ${done}.` });
    } catch (error) {
      setMessage({ kind: "bad", text: `${job.title} of ${job.source}: ${(error as Error).message}` });
    }
  };

  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const seen = (all ?? []).filter((job) => words.every((w) => `${job.source} ${job.title} ${job.workflow} ${job.state}`.toLowerCase().includes(w)));

  return (
    <section className="jobs" aria-label="Jobs">
      <div className="wall-bar">
        <input type="search" placeholder="Find a job" aria-label="Find a job" value={sought} onChange={(e) => setSought(e.target.value)} />
        <span className="hint">{all ? `${seen.length} of ${all.length}` : ""}</span>
        <span className="spacer" />
        {s?.control ? <button className="primary" onClick={() => setStarting({})} disabled={!workflows.length}>Start a job…</button> : <span className="hint">This page is for looking only: jobs are started elsewhere.</span>}
      </div>
      <p className={`message ${message?.kind ?? ""}`} role="status">{message?.text}</p>
      <div className="table-frame" tabIndex={0} role="region" aria-label="Table of jobs">
        <table>
          <thead><tr><th scope="col">Source and workflow</th><th scope="col">State</th><th scope="col" className="num">Lag</th><th scope="col" className="num">Rate</th><th scope="col" className="num">Since</th><th scope="col"><span className="sr-only">Actions</span></th></tr></thead>
          <tbody>
            {seen.map((job) => (
              <Row key={job.id} job={job} control={!!s?.control} act={(action) => (action === "stop" ? setStopping(job) : act(job, action))} onLike={() => setStarting({ like: job })} onOpen={onOpen} />
            ))}
          </tbody>
        </table>
        {all && !seen.length && <p className="wall-empty">{all.length ? "No job has these words." : "No job is running."}</p>}
      </div>
      {starting && (
        <StartForm
          workflows={workflows}
          like={starting.like}
          onClose={() => setStarting(null)}
          onStarted={(id) => {
            setStarting(null);
            setMessage({ kind: "good", text: `Started ${id}.` });
          }}
        />
      )}
      {stopping && (
        <Dialog title="Stop this job?" onClose={() => setStopping(null)}>
          <p>{stopping.title} of {stopping.source} will end, and what it has counted is gone.</p>
          <footer>
            <button onClick={() => setStopping(null)}>Keep it</button>
            <button className="danger" autoFocus onClick={() => { act(stopping, "stop"); setStopping(null); }}>Stop it</button>
          </footer>
        </Dialog>
      )}
    </section>
  );
}
