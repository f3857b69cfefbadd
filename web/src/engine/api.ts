// What the engine says and takes, as described in /api/v1/openapi.json.

export interface Problem {
  severity: "error" | "warning";
  text: string;
}

export interface Status {
  instrument: string;
  title?: string;
  version: string;
  started_time: number;
  now_time: number;
  run: { name: string; start_time: number; stop_time: number | null } | null;
  services: string[];
  /** Whether this page may start and stop jobs. */
  control: boolean;
  events_per_s: number;
  messages_per_s: number;
  lag: { p50_s: number | null; p99_s: number | null; last_s: number | null };
  data_age_s: number | null;
  problems: Problem[];
  losses: Record<string, number>;
}

export interface Output {
  name: string;
  title?: string;
  dims: string[];
  shape: number[];
  unit: string | null;
  dtype: string;
  kind: "image" | "curve" | "scalar" | "volume" | "timeseries";
  time: number | null;
}

export interface Job {
  id: string;
  source: string;
  job_number: string;
  workflow: string;
  title: string;
  service: string;
  state: string;
  text: string;
  lag_s: number | null;
  events_per_s: number | null;
  start_time: number | null;
  end_time: number | null;
  /** As asked for, null where that is not known. */
  params: Record<string, unknown> | null;
  aux_source_names: Record<string, unknown>;
  outputs: Output[];
}

export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  required?: string[];
}

export interface Workflow {
  id: string;
  name: string;
  title: string;
  description?: string;
  service: string;
  sources: string[];
  available?: boolean;
  parameters: Schema;
  aux_sources?: Record<string, string[] | { choices?: string[]; default?: string }>;
  outputs?: { name: string; title?: string }[];
}

export interface Rectangle { index?: number; x_min: number; x_max: number; y_min: number; y_max: number; x_unit?: string | null; y_unit?: string | null }
export interface Polygon { index?: number; x: number[]; y: number[]; x_unit?: string | null; y_unit?: string | null }
export interface Regions { rectangles: Rectangle[]; polygons: Polygon[] }

export interface History {
  time: number[];
  lag_p50_s: (number | null)[];
  lag_p99_s: (number | null)[];
  events_per_s: (number | null)[];
  messages_per_s: (number | null)[];
}

export interface LogLine { time: number; level: string; text: string }

/** What the engine did not take: why, and the fields that are wrong. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly fields: { path: string; text: string }[] = [],
  ) {
    super(message);
  }
}

async function request<T>(path: string, init?: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1/${path}`, { cache: "no-store", ...init });
  } catch {
    throw new Refused("The engine does not answer.", 0);
  }
  const body = await answer.json().catch(() => null);
  if (answer.ok) return body as T;
  throw new Refused(body?.error ?? `The engine answered ${answer.status} ${answer.statusText}.`, answer.status, body?.fields ?? []);
}

const sent = (method: string, body?: unknown): RequestInit => ({
  method,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body ?? {}),
});

/** The path of a job below /api/v1/. Sources may have slashes in their names. */
const jobPath = (id: string) => {
  const at = id.lastIndexOf("/");
  return `jobs/${encodeURIComponent(id.slice(0, at))}/${encodeURIComponent(id.slice(at + 1))}`;
};

export const api = {
  workflows: () => request<{ workflows: Workflow[] }>("workflows").then((r) => r.workflows),
  history: () => request<History>("history"),
  log: (lines: number) => request<{ lines: LogLine[] }>(`log?lines=${lines}`).then((r) => r.lines),
  start: (job: { workflow: string; source: string; params: unknown; aux_source_names: unknown; start_time?: number }) =>
    request<{ id: string }>("jobs", sent("POST", job)),
  act: (job: string, action: "stop" | "reset" | "pause" | "resume") => request<unknown>(`${jobPath(job)}/${action}`, sent("POST")),
  regions: (job: string) => request<Regions>(`${jobPath(job)}/regions`),
  setRegions: (job: string, regions: Regions) => request<unknown>(`${jobPath(job)}/regions`, sent("PUT", regions)),
  /** Address of an output, to load or to link to. */
  outputUrl: (job: string, output: string, format: "da00" | "json" | "hdf5") =>
    `/api/v1/${jobPath(job)}/outputs/${encodeURIComponent(output)}?format=${format}`,
};
