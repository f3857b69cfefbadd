import { describe, expect, it } from "vitest";
import { added, contains, dragged, fromApi, outline, placeOf, rectangle, toApi, usualName, whyInvalid, withoutCorner, type Region } from "../src/data/regions";

const box = rectangle({ x: 3, y: 1 }, { x: 1, y: 5 }, "m", "m");
const triangle: Region = { shape: "polygon", index: 4, corners: [{ x: 0, y: 0 }, { x: 4, y: 0 }, { x: 0, y: 4 }], xUnit: null, yUnit: null };

describe("regions", () => {
  it("a rectangle is drawn from any corner", () => expect(box.corners).toEqual([{ x: 1, y: 1 }, { x: 3, y: 5 }]));
  it("hold what is inside by the even-odd rule", () => {
    expect([{ x: 2, y: 2 }, { x: 0, y: 2 }].map((p) => contains(box, p))).toEqual([true, false]);
    expect([{ x: 1, y: 1 }, { x: 3, y: 3 }].map((p) => contains(triangle, p))).toEqual([true, false]);
    const star: Region = { ...triangle, corners: [[0, 3], [2, -3], [-3, 1], [3, 1], [-2, -3]].map(([x, y]) => ({ x, y })) };
    expect(contains(star, { x: 0, y: 0 })).toBe(false);
  });
  it("move as a whole", () => expect(dragged(box, { kind: "whole" }, { x: 0, y: 0 }, { x: 1, y: -1 }).corners).toEqual([{ x: 2, y: 0 }, { x: 4, y: 4 }]));
  it("a corner dragged over the opposite one turns the rectangle over", () => {
    const corner = outline(box)[0];
    expect(dragged(box, { kind: "corner", index: 0 }, corner, { x: 6, y: 9 }).corners).toEqual([{ x: 3, y: 5 }, { x: 6, y: 9 }]);
  });
  it("the middle of a side becomes a corner, and goes again", () => {
    const four = dragged(triangle, { kind: "side", index: 0 }, { x: 2, y: 0 }, { x: 2, y: -1 });
    expect(four.corners[1]).toEqual({ x: 2, y: -1 });
    expect(withoutCorner(four, 1)!.corners).toEqual(triangle.corners);
    expect(withoutCorner(triangle, 1)).toBeNull();
  });
  it("say what the engine would refuse", () => {
    expect(whyInvalid(box)).toBeNull();
    expect(whyInvalid({ ...box, corners: [box.corners[1], box.corners[0]] })).toMatch("above");
    expect(whyInvalid({ ...triangle, corners: triangle.corners.slice(1) })).toMatch("three");
    expect(whyInvalid({ ...box, corners: [{ x: NaN, y: 0 }, { x: 1, y: 1 }] })).toMatch("numbers");
  });
  it("go to the engine and back", () => {
    const all = added([triangle], box);
    expect(all).toEqual([{ ...box, index: 0 }, triangle]);
    expect(fromApi(toApi(all))).toEqual(all);
    expect(all.map(placeOf)).toEqual(["rectangle 0", "polygon 4"]);
  });
  it("a new one takes the lowest number that is free", () => {
    const three = [0, 1, 2].reduce((list) => added(list, box), [] as Region[]);
    const again = added(three.filter((r) => r.index !== 1), box);
    expect(again.map((r) => r.index)).toEqual([0, 1, 2]);
    expect(added(again, triangle).map(usualName)).toEqual(["Rectangle 1", "Rectangle 2", "Rectangle 3", "Polygon 1"]);
  });
});
