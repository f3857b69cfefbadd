import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Job, Output, Workflow } from "../src/engine/api";
import { groupsOf, initialEntries, paramsOf, problemOf } from "../src/data/form";
import { settingsFrom, defaults } from "../src/parts/settings";
import { moved, tilesOf } from "../src/engine/tiles";
import { csvOfCurves, csvOfImage } from "../src/data/tables";

const workflows: Workflow[] = JSON.parse(readFileSync(new URL("../mock/workflows.json", import.meta.url), "utf8"));
const schema = workflows.find(({ name }) => name === "tube_view")!.parameters;

describe("the form of a workflow", () => {
  const groups = groupsOf(schema);
  const fieldOf = (path: string) => groups.flatMap((g) => g.fields).find((f) => f.path === path)!;
  it("has a group for each parameter and a field for each part", () => {
    expect(groups.map((g) => g.label)).toContain("TOA edges");
    expect([fieldOf("toa_edges.num_bins").kind, fieldOf("toa_edges.unit").kind, fieldOf("toa_range.enabled").kind]).toEqual(["integer", "choice", "boolean"]);
  });
  it("sends nothing that was not changed", () => expect(paramsOf(groups, initialEntries(groups))).toEqual({}));
  it("sends what was changed, as numbers", () => {
    const entries = { ...initialEntries(groups), "toa_edges.num_bins": "50", "toa_range.enabled": true };
    expect(paramsOf(groups, entries)).toEqual({ toa_edges: { num_bins: 50 }, toa_range: { enabled: true } });
    expect(paramsOf(groups, initialEntries(groups, { toa_edges: { num_bins: 7 } }))).toEqual({ toa_edges: { num_bins: 7 } });
  });
  it("says what is wrong at the field", () => {
    const f = fieldOf("toa_edges.num_bins");
    expect(problemOf(f, "0")).toMatch("from 1 to 10000");
    expect(problemOf(f, "2.5")).toMatch("not whole");
    expect(problemOf(f, "many")).toMatch("no number");
    expect(problemOf(f, "")).toMatch("Fill");
    expect(problemOf(f, "20")).toBeNull();
  });
});

const output = (name: string, kind: Output["kind"]): Output => ({ name, kind, dims: [], shape: [], unit: "", dtype: "", time: 1 });
const job = (workflow: string, source: string, service: string, outputs: Output[]): Job =>
  ({ id: `${source}/${workflow}`, workflow, source, service, outputs, title: "", job_number: "", state: "active", text: "", lag_s: 0, events_per_s: 0, start_time: 0, end_time: null, params: {}, aux_source_names: {} });

describe("the wall", () => {
  const image = [output("counts_total", "scalar"), output("cumulative", "image"), output("current", "image"), output("roi_spectra_cumulative", "curve")];
  const jobs = [
    job("loki/monitor_histogram/1", "beam_monitor_m0", "monitor_data", [output("cumulative", "curve")]),
    job("loki/tube_view/1", "loki_detector_1", "detector_data", image),
    job("loki/tube_view/1", "loki_detector_0", "detector_data", image),
    job("loki/detector_xy_projection/1", "loki_detector_0", "detector_data", image),
    job("loki/tube_view/1", "loki_detector_2", "detector_data", []),
  ];
  it("is in the instrument's order", () =>
    expect(tilesOf(jobs, workflows, false, []).map((t) => `${t.key} ${t.output?.name}`)).toEqual([
      "detector_xy_projection loki_detector_0 cumulative", "tube_view loki_detector_0 cumulative", "tube_view loki_detector_1 cumulative",
      "tube_view loki_detector_2 undefined", "monitor_histogram beam_monitor_m0 cumulative",
    ]));
  it("shows the last update where that is wished", () => expect(tilesOf(jobs, workflows, true, [])[0].output?.name).toBe("current"));
  it("is arranged by hand", () => {
    const keys = tilesOf(jobs, workflows, false, []).map((t) => t.key);
    const order = moved(keys, keys[4], -4);
    expect(tilesOf(jobs, workflows, false, order)[0].key).toBe("monitor_histogram beam_monitor_m0");
    expect(moved(keys, keys[0], -1)).toEqual(keys);
  });
});

describe("settings", () => {
  it("come back from a file", () => {
    const s = { ...defaults, order: ["a b"], look: { ...defaults.look, scale: "log" as const } };
    expect(settingsFrom(JSON.stringify(s))).toEqual(s);
  });
  it("of other files are refused, and what is odd is as at first", () => {
    expect(() => settingsFrom("no")).toThrow("not JSON");
    expect(() => settingsFrom("{}")).toThrow("version");
    expect(settingsFrom('{"version":1,"theme":"pink","order":[1,"x"],"look":{"percentile":7}}')).toEqual({ ...defaults, order: ["x"], look: { ...defaults.look, percentile: 50 } });
  });
});

describe("tables", () => {
  const axis = (name: string, edges: number[]) => ({ name, unit: "m", named: true, edges: Float64Array.from(edges) });
  it("of an image", () =>
    expect(csvOfImage({ x: axis("x", [0, 1, 2]), y: axis("y", [0, 3]), width: 2, height: 1, values: Float64Array.of(5, 6), unit: "counts", label: "Image" })).toBe(
      "x_low [m],x_high [m],y_low [m],y_high [m],Image [counts]\n0,1,0,3,5\n1,2,0,3,6\n",
    ));
  it("of curves with errors", () =>
    expect(csvOfCurves([{ name: "a,b", x: axis("Q", [0, 2]), centres: Float64Array.of(1), steps: false, y: Float64Array.of(4), errors: Float64Array.of(2), unit: "1", label: "" }])).toBe('Q [m],"a,b [1]","a,b error"\n1,4,2\n'));
});
