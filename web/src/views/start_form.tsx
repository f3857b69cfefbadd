// Starts a job: workflow, source, and the workflow's parameters.
import { useMemo, useRef, useState, type FormEvent } from "react";
import { api, Refused, type Job, type Workflow } from "../engine/api";
import { groupsOf, initialEntries, paramsOf, problemOf, titleOf, type Entries, type Field, type Group } from "../data/form";
import { Dialog } from "../parts/parts";

function FieldRow({ field, entry, error, onEntry }: { field: Field; entry: string | boolean; error?: string; onEntry: (value: string | boolean) => void }) {
  const id = `field-${field.path}`;
  const common = { id, "aria-invalid": !!error, "aria-describedby": error ? `${id}-error` : undefined };
  const { minimum, maximum } = field.schema;
  const bounds = minimum !== undefined && maximum !== undefined ? `${minimum} to ${maximum}` : minimum !== undefined ? `at least ${minimum}` : maximum !== undefined ? `at most ${maximum}` : "";
  return (
    <div className={`field${error ? " wrong" : ""}`}>
      <label htmlFor={id}>{field.label}{bounds && <small> {bounds}</small>}</label>
      {field.kind === "boolean" ? (
        <input type="checkbox" checked={entry === true} onChange={(e) => onEntry(e.target.checked)} {...common} />
      ) : field.kind === "choice" ? (
        <select value={String(entry)} onChange={(e) => onEntry(e.target.value)} {...common}>
          {field.schema.enum!.map((choice) => <option key={String(choice)} value={String(choice)}>{String(choice)}</option>)}
        </select>
      ) : (
        <input type="text" inputMode={field.kind === "number" || field.kind === "integer" ? "decimal" : undefined} value={String(entry)} onChange={(e) => onEntry(e.target.value)} {...common} />
      )}
      {field.schema.description && <small className="about">{field.schema.description}</small>}
      {error && <p className="error" id={`${id}-error`} role="alert">{error}</p>}
    </div>
  );
}

/** The field that an error of the engine belongs to: itself, or else the group that it is about. */
function homeOf(path: string, groups: Group[]): string {
  const clean = path.replace(/^params\./, "").replaceAll("-", "_");
  const all = groups.flatMap((g) => [g.path, ...g.fields.map((f) => f.path)]);
  if (all.includes(clean)) return clean;
  const parts = clean.split(".");
  while (parts.length) {
    if (all.includes(parts.join("."))) return parts.join(".");
    parts.pop();
  }
  return clean;
}

const auxChoices = (v: string[] | { choices?: string[]; default?: string }) => (Array.isArray(v) ? v : (v.choices ?? []));

export interface StartFormProps { workflows: Workflow[]; like?: Job; onClose: () => void; onStarted: (id: string) => void }

export function StartForm({ workflows, like, onClose, onStarted }: StartFormProps) {
  const usable = workflows.filter((w) => w.available !== false);
  const [workflowId, setWorkflowId] = useState(like?.workflow ?? usable[0]?.id ?? "");
  const workflow = usable.find(({ id }) => id === workflowId);
  const [source, setSource] = useState(like?.source ?? workflow?.sources[0] ?? "");
  const groups = useMemo(() => groupsOf(workflow?.parameters ?? {}), [workflow]);
  const [entries, setEntries] = useState<Entries>(() => initialEntries(groups, like?.params));
  const [aux, setAux] = useState<Record<string, string>>(() => (like?.aux_source_names ?? {}) as Record<string, string>);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [general, setGeneral] = useState("");
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const choose = (id: string) => {
    const next = usable.find((w) => w.id === id);
    setWorkflowId(id);
    if (next && !next.sources.includes(source)) setSource(next.sources[0] ?? "");
    setEntries(initialEntries(groupsOf(next?.parameters ?? {})));
    setAux({});
    setErrors({});
    setGeneral("");
  };

  const show = (found: Record<string, string>, text: string) => {
    setErrors(found);
    setGeneral(text);
    requestAnimationFrame(() => {
      // A group that is closed must not hide what is wrong in it.
      form.current?.querySelectorAll("details").forEach((d) => { if (d.querySelector(".error")) d.open = true; });
      form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    });
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const found: Record<string, string> = {};
    for (const { fields } of groups) for (const field of fields) {
      const problem = problemOf(field, entries[field.path]);
      if (problem) found[field.path] = problem;
    }
    if (Object.keys(found).length) return show(found, "");
    setBusy(true);
    try {
      const { id } = await api.start({ workflow: workflowId, source, params: paramsOf(groups, entries), aux_source_names: aux });
      onStarted(id);
    } catch (error) {
      const refused = error as Refused;
      const fields = Object.fromEntries((refused.fields ?? []).map(({ path, text }) => [homeOf(path, groups), text]));
      show(fields, Object.keys(fields).length ? "" : refused.message);
    } finally {
      setBusy(false);
    }
  };

  const known = new Set(["workflow", "source", ...groups.flatMap((g) => [g.path, ...g.fields.map((f) => f.path)])]);
  const homeless = Object.entries(errors).filter(([path]) => !known.has(path) || path === "");
  const changed = (group: Group) => group.fields.some((f) => entries[f.path] !== initialEntries([group])[f.path]);

  return (
    <Dialog title="Start a job" onClose={onClose}>
      <form ref={form} onSubmit={submit} noValidate className="start-form">
        <div className="field">
          <label htmlFor="start-workflow">Workflow</label>
          <select id="start-workflow" value={workflowId} onChange={(e) => choose(e.target.value)}>
            {usable.map((w) => <option key={w.id} value={w.id}>{w.title || w.name}</option>)}
          </select>
          {workflow?.description && <small className="about">{workflow.description}</small>}
          {errors.workflow && <p className="error" role="alert">{errors.workflow}</p>}
        </div>
        <div className="field">
          <label htmlFor="start-source">Source</label>
          <select id="start-source" value={source} onChange={(e) => setSource(e.target.value)}>
            {workflow?.sources.map((s) => <option key={s} value={s}>{s}</option>)}
          </select>
          {errors.source && <p className="error" role="alert">{errors.source}</p>}
        </div>
        {Object.entries(workflow?.aux_sources ?? {}).map(([name, choices]) => (
          <div className="field" key={name}>
            <label htmlFor={`aux-${name}`}>{titleOf(name, {})}</label>
            <select id={`aux-${name}`} value={aux[name] ?? ""} onChange={(e) => setAux({ ...aux, [name]: e.target.value })}>
              <option value="">as usual</option>
              {auxChoices(choices).map((c) => <option key={c}>{c}</option>)}
            </select>
          </div>
        ))}
        {groups.length === 0 && <p className="hint">This workflow has no parameters.</p>}
        {groups.map((group) => (
          <details key={`${workflowId} ${group.path}`} open={changed(group) || groups.length === 1}>
            <summary>{group.label}{errors[group.path] && <span className="error"> ■</span>}</summary>
            {group.description && <small className="about">{group.description}</small>}
            {errors[group.path] && <p className="error" role="alert" tabIndex={-1} aria-invalid="true">{errors[group.path]}</p>}
            {group.fields.map((field) => (
              <FieldRow key={field.path} field={field} entry={entries[field.path]} error={errors[field.path]} onEntry={(value) => setEntries({ ...entries, [field.path]: value })} />
            ))}
          </details>
        ))}
        {homeless.map(([path, text]) => <p className="error" role="alert" key={path}>{path ? `${path}: ` : ""}{text}</p>)}
        {general && <p className="error" role="alert">{general}</p>}
        <footer>
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" className="primary" disabled={busy || !workflow || !source}>{busy ? "Starting…" : "Start"}</button>
        </footer>
      </form>
    </Dialog>
  );
}
