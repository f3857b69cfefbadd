// The tiles of the wall: one for each job, in the instrument's order.
import type { Job, Output, Workflow } from "./api";

export interface Tile {
  /** "workflow source": the same after a restart, when job numbers are new. */
  key: string;
  job: Job;
  /** What the tile shows, null: nothing has come yet. */
  output: Output | null;
}

const isPicture = ({ kind }: Output) => kind !== "scalar";
const spare = new Set(["roi_rectangle", "roi_polygon"]);

export const nameOfWorkflow = (id: string) => id.split("/").at(-2) ?? id;
export const tileKey = (job: Job) => `${nameOfWorkflow(job.workflow)} ${job.source}`;

/** The outputs that can be looked at, pictures before numbers. */
export const shownOutputs = (job: Job): Output[] => {
  const all = job.outputs.filter(({ name }) => !spare.has(name));
  return [...all.filter(isPicture), ...all.filter((o) => !isPicture(o))];
};

/** The output that stands for a job: counts since the start, or of the last update, or else its first picture. */
export function principal(job: Job, window: boolean): Output | null {
  const all = shownOutputs(job).filter(({ name }) => !name.startsWith("roi_"));
  const find = (name: string) => all.find((o) => o.name === name && isPicture(o));
  return (window ? find("current") : undefined) ?? find("cumulative") ?? find("current") ?? all.find(isPicture) ?? all[0] ?? null;
}

const kindOrder = ["image", "volume", "curve", "timeseries", "scalar"];

/** Detectors before monitors before series over time; in each, sources in the instrument's order, then workflows. */
export function tilesOf(jobs: Job[], workflows: Workflow[], window: boolean, order: string[]): Tile[] {
  const workflowAt = new Map(workflows.map((w, i) => [w.id, i]));
  const sourceAt = new Map<string, number>();
  for (const w of workflows) for (const source of w.sources) if (!sourceAt.has(source)) sourceAt.set(source, sourceAt.size);
  const placed = new Map(order.map((key, i) => [key, i]));
  const at = (map: Map<string, number>, key: string) => map.get(key) ?? map.size;
  const rank = (tile: Tile) => {
    const kind = tile.output ? kindOrder.indexOf(tile.output.kind) : tile.job.service === "detector_data" ? 0 : 2;
    return [at(placed, tile.key), kind < 0 ? 9 : kind, at(sourceAt, tile.job.source), at(workflowAt, tile.job.workflow)];
  };
  return jobs
    .map((job): Tile => ({ key: tileKey(job), job, output: principal(job, window) }))
    .map((tile, i) => ({ tile, rank: [...rank(tile), i] }))
    .sort((a, b) => {
      const i = a.rank.findIndex((r, k) => r !== b.rank[k]);
      return i < 0 ? 0 : a.rank[i] - b.rank[i];
    })
    .map(({ tile }) => tile);
}

/** The order after a tile was moved by some places among those that are seen. */
export function moved(keys: string[], key: string, by: number): string[] {
  const from = keys.indexOf(key);
  const to = Math.min(keys.length - 1, Math.max(0, from + by));
  if (from < 0 || from === to) return keys;
  const rest = keys.filter((k) => k !== key);
  rest.splice(to, 0, key);
  return rest;
}
