import { describe, expect, it } from "vitest";
import { colourTable } from "../src/data/colour";
import { colourise, extent, percentileRange, ticksOf, validRange, transformOf, inverseOf } from "../src/data/scale";
import { duration, number, short, tick } from "../src/data/format";
import { mapsOf, withEqualUnits } from "../src/plot/paint";

describe("ranges", () => {
  it("are the extremes of the finite numbers", () => {
    expect(extent(Float64Array.of(3, NaN, -2, Infinity))).toEqual([-2, 3]);
    expect(extent(Float64Array.of(0, -1, 5), true)).toEqual([5, 5]);
    expect(extent(Float64Array.of(NaN))).toBeNull();
  });
  it("leave out the percentiles", () => {
    const values = Float64Array.from({ length: 1001 }, (_, i) => i);
    expect(percentileRange(values, "linear", 1, 99)).toEqual([10, 990]);
    expect(percentileRange(values, "linear", 0, 100)).toEqual([0, 1000]);
  });
  it("one hot pixel does not darken the image", () => {
    const values = new Float64Array(10000).map((_, i) => i % 10);
    values[77] = 1e6;
    expect(percentileRange(values, "linear", 0.5, 99.5)[1]).toBe(9);
  });
  it("a few counts among zeros are seen", () => {
    const values = new Float64Array(10000);
    values[5] = 4;
    expect(percentileRange(values, "linear", 0.5, 99.5)).toEqual([0, 4]);
  });
  it("log begins above zero", () => {
    expect(percentileRange(Float64Array.of(0, 0, 2, 800), "log", 0, 100)).toEqual([2, 800]);
    expect(percentileRange(new Float64Array(9), "log", 0, 100)).toEqual([1, 10]);
    expect(validRange([-5, 100], "log")).toEqual([1, 100]);
  });
  it("are never empty", () => {
    expect(percentileRange(Float64Array.of(0, 0), "linear", 0, 100)).toEqual([0, 1]);
    expect(percentileRange(Float64Array.of(7, 7), "linear", 0, 100)).toEqual([0, 7]);
    expect(percentileRange(Float64Array.of(7, 7), "log", 0, 100)).toEqual([3.5, 14]);
  });
});

describe("colours", () => {
  const table = colourTable("viridis");
  it("the tables begin and end as published", () => {
    expect([table[0], table[255]]).toEqual([0xff540144, 0xff25e7fd]);
    expect(colourTable("cividis")[0] & 0xff).toBeLessThan(10);
  });
  it("go evenly along the scale", () => {
    const out = new Uint32Array(5);
    colourise(Float64Array.of(-1, 0, 50, 100, NaN), out, table, "linear", [0, 100]);
    expect([...out]).toEqual([table[0], table[0], table[127], table[255], 0]);
    colourise(Float64Array.of(0, 1, 10, 100, -3), out, table, "log", [1, 100]);
    expect([...out]).toEqual([0, table[0], table[127], table[255], 0]);
    colourise(Float64Array.of(-100, 0, 100, 1000, NaN), out, table, "symlog", [-100, 100]);
    expect([...out]).toEqual([table[0], table[127], table[255], table[255], 0]);
  });
});

describe("ticks", () => {
  it("are round", () => {
    expect(ticksOf("linear", [0, 10], 5)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(ticksOf("linear", [-0.72, 0.72], 6)).toEqual([-0.5, 0, 0.5]);
    expect(ticksOf("log", [1, 1e6], 7)).toEqual([1, 10, 100, 1e3, 1e4, 1e5, 1e6]);
    expect(ticksOf("symlog", [-100, 100], 6)).toEqual([-100, -10, -1, 0, 1, 10, 100]);
  });
  it("stay finite for odd ranges", () => {
    expect(ticksOf("linear", [0, NaN], 5)).toEqual([]);
    expect(ticksOf("linear", [1, 1], 5)).toEqual([]);
    expect(ticksOf("log", [1e-300, 1e300], 6).length).toBeLessThan(12);
  });
});

describe("axes on the screen", () => {
  const area = { left: 10, top: 20, width: 100, height: 50 };
  it("go there and back, on every scale", () => {
    for (const type of ["linear", "log", "symlog"] as const) {
      const { x, y } = mapsOf({ x: [1, 1000], y: [2, 9] }, area, type, "linear");
      expect([x.pixel(1), x.pixel(1000), y.pixel(2), y.pixel(9)].map(Math.round)).toEqual([10, 110, 70, 20]);
      expect(x.value(x.pixel(37))).toBeCloseTo(37);
      expect(inverseOf(type)(transformOf(type)(5))).toBeCloseTo(5);
    }
  });
  it("equal units make squares square", () => {
    const { x, y } = withEqualUnits({ x: [0, 1], y: [0, 1] }, area);
    expect((x[1] - x[0]) / 100).toBeCloseTo((y[1] - y[0]) / 50);
    expect([x, y]).toEqual([[-0.5, 1.5], [0, 1]]);
  });
});

describe("numbers as people read them", () => {
  it("short", () => expect([1.002e7, 999.7, 0, 4.5e-3, null].map(short)).toEqual(["10 M", "1 k", "0", "0.0045", "–"]));
  it("durations", () => expect([0, 0.046, 0.16, 12.3, 185, 7800, 2e5, null].map(duration)).toEqual(["0 s", "46 ms", "0.16 s", "12 s", "3 min 5 s", "2 h 10 min", "2 d 7 h", "–"]));
  it("exact where it matters", () => expect([number(1234567, 9), number(-0.5), number(1.5e12), number(NaN)]).toEqual(["1234567", "−0.5", "1.5e12", "no value"]));
  it("all digits of a large total", () => expect([number(123456789, 12), number(1.5e12, 12), number(12345678901234, 12), number(12345678)]).toEqual(["123456789", "1.5e12", "1.23456789012e13", "1.2346e7"]));
  it("ticks", () => expect([0, 40000, 1e5, 2e-5, -1e6].map(tick)).toEqual(["0", "40000", "10⁵", "2·10⁻⁵", "−10⁶"]));
});
