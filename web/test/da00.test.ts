import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encode } from "../mock/da00.mjs";
import { axisOf, curvesOf, imageOf, mergeSeries, seriesOf, shownAs, slicesOf, binOf } from "../src/data/arrays";
import { decode, decodeVariables } from "../src/data/da00";

const file = (name: string) => new Uint8Array(readFileSync(new URL(`data/${name}`, import.meta.url)));
interface Expected { name: string; axes: string[]; shape: number[]; unit: string | null; label: string | null; dtype: string; data: unknown }
const vectors: { file: string; source_name: string; timestamp_ns: number; variables: Expected[] }[] = JSON.parse(readFileSync(new URL("data/vectors.json", import.meta.url), "utf8"));
const flat = (v: unknown): number[] => (Array.isArray(v) ? v.flatMap(flat) : [Number(v)]);

describe("messages that the field's own library wrote", () => {
  for (const vector of vectors)
    it(vector.file, () => {
      const { sourceName, time, variables } = decodeVariables(file(vector.file));
      expect(sourceName).toBe(vector.source_name);
      expect(time).toBeCloseTo(vector.timestamp_ns / 1e9, 5);
      expect(variables.length).toBe(vector.variables.length);
      vector.variables.forEach((expected, i) => {
        const v = variables[i];
        // A text has as many bytes as it needs, and no axes.
        if (typeof expected.data === "string") {
          expect([v.name, new TextDecoder().decode(v.values as Uint8Array)]).toEqual([expected.name, expected.data]);
          return;
        }
        expect([v.name, v.dims, v.shape, v.unit, v.label]).toEqual([expected.name, expected.axes, expected.shape, expected.unit ?? "", expected.label ?? ""]);
        expect([...v.values]).toEqual(flat(expected.data).map((x) => (v.values instanceof Float32Array ? Math.fround(x) : x)));
      });
    });

  it("is read at any place of a buffer", () => {
    const bytes = file("da00_hist2d.bin");
    for (let shift = 0; shift < 8; ++shift) {
      const moved = new Uint8Array(bytes.length + shift);
      moved.set(bytes, shift);
      expect(decode(moved.subarray(shift)).data.values).toEqual(decode(bytes).data.values);
    }
  });
});

describe("messages of the engine", () => {
  it("a monitor is a curve in steps over time", () => {
    const array = decode(file("engine_monitor.da00"));
    expect(shownAs(array)).toBe("curve");
    const [curve] = curvesOf(array, "m1");
    expect([curve.steps, curve.y.length, curve.x.edges.length, curve.unit, curve.x.unit]).toEqual([true, 100, 101, "counts", "ms"]);
  });

  it("a tube view is an image by numbers of bins", () => {
    const array = decode(file("engine_tube_view.da00"));
    const image = imageOf(array)!;
    expect([shownAs(array), image.width, image.height, image.x.named, image.y.name, image.x.name]).toEqual(["image", 16, 4, false, "layer", "tube"]);
    expect(image.values.length).toBe(64);
  });

  it("a projection has axes in metres", () => {
    const image = imageOf(decode(file("engine_xy.da00")))!;
    expect([image.width, image.height, image.x.unit, image.x.edges.length, image.y.edges.length]).toEqual([108, 36, "m", 109, 37]);
  });

  it("spectra of no regions are no curves", () => {
    const array = decode(file("engine_roi_spectra.da00"));
    expect([shownAs(array), curvesOf(array, "")]).toEqual(["curve", []]);
  });
});

describe("bytes that are no message", () => {
  it("says so", () => {
    expect(() => decode(new Uint8Array(4))).toThrow("no da00 message");
    expect(() => decode(file("da00_hist2d.bin").fill(0x61, 4, 8))).toThrow("no da00 message");
  });
  it("ends with an error wherever they are cut short or changed", () => {
    const bytes = file("da00_hist2d.bin");
    for (let n = 0; n < bytes.length; n += 7) {
      try {
        decode(bytes.slice(0, n));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }
    const lie = bytes.slice();
    lie.fill(255, 40, 80);
    expect(() => decode(lie)).toThrow();
  });
});

const made = (dims: string[], shape: number[], values: Float64Array, coords: object[] = [], errors?: Float64Array) =>
  decode(encode("s", 5, [{ name: "signal", unit: "counts", dims, shape, values }, ...(errors ? [{ name: "errors", unit: "counts", dims, shape, values: errors }] : []), ...coords]));

describe("what is shown of arrays", () => {
  it("slices of three dimensions", () => {
    const array = made(["z", "y", "x"], [3, 2, 2], Float64Array.from({ length: 12 }, (_, i) => i));
    expect([shownAs(array), slicesOf(array)]).toEqual(["volume", 3]);
    expect([...imageOf(array, 1)!.values]).toEqual([4, 5, 6, 7]);
    expect([...imageOf(array, 99)!.values]).toEqual([8, 9, 10, 11]);
  });

  it("errors go with the curve", () => {
    const [curve] = curvesOf(made(["Q"], [2], Float64Array.of(4, 9), [{ name: "Q", unit: "1/Å", dims: ["Q"], shape: [2], values: Float64Array.of(1, 3) }], Float64Array.of(2, 3)), "a");
    expect([[...curve.errors!], [...curve.centres], [...curve.x.edges], curve.steps]).toEqual([[2, 3], [1, 3], [0, 2, 4], false]);
  });

  it("times are in seconds whatever their unit", () => {
    const stamp = 1790000000n * 1000000000n;
    const array = made(["time"], [2], Float64Array.of(1, 2), [{ name: "time", unit: "datetime64[ns]", dims: ["time"], shape: [2], values: BigInt64Array.of(stamp, stamp + 500000000n) }]);
    expect(shownAs(array)).toBe("timeseries");
    expect([...seriesOf(array)!.time]).toEqual([1790000000, 1790000000.5]);
  });

  it("a coordinate of another length is no axis", () => {
    expect(axisOf(made(["x"], [3], Float64Array.of(1, 2, 3), [{ name: "x", unit: "m", dims: ["x"], shape: [2], values: Float64Array.of(0, 1) }]), 0).named).toBe(false);
  });
});

describe("series that come in parts", () => {
  const series = (time: number[], values: number[]) => ({ time: Float64Array.from(time), values: Float64Array.from(values), unit: "mm", label: "" });
  it("newer samples come behind, known ones are replaced", () => {
    const all = mergeSeries(series([1, 2, 3], [1, 2, 3]), series([3, 4], [30, 40]));
    expect([[...all.time], [...all.values]]).toEqual([[1, 2, 3, 4], [1, 2, 30, 40]]);
  });
  it("a series that is sent whole again is the same", () => {
    expect([...mergeSeries(series([1, 2], [1, 2]), series([1, 2, 3], [1, 2, 3])).time]).toEqual([1, 2, 3]);
  });
  it("the oldest go when there are too many", () => {
    expect([...mergeSeries(series([1, 2, 3], [1, 2, 3]), series([4], [4]), 2).time]).toEqual([3, 4]);
  });
});

describe("bins", () => {
  it("of rising and of falling edges", () => {
    expect([-0.1, 0, 0.9, 1, 2.9, 3].map((v) => binOf(Float64Array.of(0, 1, 2, 3), v))).toEqual([-1, 0, 0, 1, 2, -1]);
    expect([3, 2.5, 0.5, 0].map((v) => binOf(Float64Array.of(3, 2, 0), v))).toEqual([0, 0, 1, -1]);
  });
});
