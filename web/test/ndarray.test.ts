import { describe, expect, it } from "vitest";
import ndarray from "../src/plot/ndarray";

const a = ndarray(Float32Array.from({ length: 6 }, (_, i) => i), [2, 3]);
const all = (x: ReturnType<typeof ndarray>) => Array.from({ length: x.shape[0] }, (_, i) => (x.dimension === 1 ? x.get(i) : Array.from({ length: x.shape[1] }, (_, j) => x.get(i, j))));

describe("arrays for h5web", () => {
  it("are in row-major order", () => expect([all(a as never), a.size, a.dimension, a.dtype, a.stride]).toEqual([[[0, 1, 2], [3, 4, 5]], 6, 2, "float32", [3, 1]]));
  it("are seen in other ways without a copy", () => {
    expect(all(a.transpose(1, 0) as never)).toEqual([[0, 3], [1, 4], [2, 5]]);
    expect(all(a.pick(1, null) as never)).toEqual([3, 4, 5]);
    expect(all(a.step(-1, 2) as never)).toEqual([[3, 5], [0, 2]]);
    expect(all(a.lo(0, 1).hi(2, 1) as never)).toEqual([[1], [4]]);
    expect(a.transpose(1, 0).data).toBe(a.data);
  });
});
