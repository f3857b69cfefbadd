// Arrays of several dimensions for h5web, in place of the package "ndarray": that one makes its code while it runs, which the
// policy of the page forbids. The interface is the same.
type Data = { length: number; [i: number]: number };

export class NdArray<D extends Data = Data> {
  constructor(
    readonly data: D,
    readonly shape: number[],
    readonly stride: number[],
    readonly offset: number,
  ) {}

  get dtype(): string {
    return Array.isArray(this.data) ? "array" : this.data.constructor.name.replace("Array", "").replace(/^BigI/, "bigi").replace(/^BigU/, "bigu").toLowerCase();
  }
  get dimension(): number {
    return this.shape.length;
  }
  get size(): number {
    return this.shape.reduce((product, n) => product * n, 1);
  }
  get order(): number[] {
    return this.stride.map((_, i) => i).sort((a, b) => Math.abs(this.stride[a]) - Math.abs(this.stride[b]));
  }
  index(...at: number[]): number {
    let i = this.offset;
    for (let k = 0; k < this.stride.length; ++k) i += this.stride[k] * at[k];
    return i;
  }
  get(...at: number[]): number {
    return this.data[this.index(...at)];
  }
  set(...at: number[]): number {
    const value = at.pop()!;
    return (this.data[this.index(...at)] = value);
  }
  /** From these indices on; null: all of the dimension. */
  lo(...from: (number | null)[]): NdArray<D> {
    const by = this.shape.map((_, k) => from[k] ?? 0);
    return new NdArray(this.data, this.shape.map((n, k) => n - by[k]), this.stride, this.index(...by));
  }
  /** As many as told along each dimension. */
  hi(...to: (number | null)[]): NdArray<D> {
    return new NdArray(this.data, this.shape.map((n, k) => to[k] ?? n), this.stride, this.offset);
  }
  step(...by: (number | null)[]): NdArray<D> {
    let { offset } = this;
    const shape = [...this.shape];
    const stride = [...this.stride];
    by.forEach((s, k) => {
      if (s === null || s === undefined) return;
      if (s < 0) offset += stride[k] * (shape[k] - 1);
      shape[k] = Math.ceil(shape[k] / Math.abs(s));
      stride[k] *= s;
    });
    return new NdArray(this.data, shape, stride, offset);
  }
  transpose(...axes: number[]): NdArray<D> {
    return new NdArray(this.data, axes.map((a) => this.shape[a]), axes.map((a) => this.stride[a]), this.offset);
  }
  /** One index of some dimensions, which are dropped; null or less than 0 keeps one. */
  pick(...at: (number | null)[]): NdArray<D> {
    const kept = this.shape.map((_, k) => k).filter((k) => at[k] === null || at[k] === undefined || at[k]! < 0);
    const offset = this.shape.reduce((sum, _, k) => (kept.includes(k) ? sum : sum + this.stride[k] * at[k]!), this.offset);
    return new NdArray(this.data, kept.map((k) => this.shape[k]), kept.map((k) => this.stride[k]), offset);
  }
  valueOf(): this {
    return this;
  }
  toString(): string {
    return `ndarray ${this.shape.join(" x ")}`;
  }
}

export default function ndarray<D extends Data>(data: D, shape: number[] = [data.length], stride?: number[], offset = 0): NdArray<D> {
  let length = 1;
  const rowMajor = shape.map(() => 0);
  for (let k = shape.length - 1; k >= 0; --k) {
    rowMajor[k] = length;
    length *= shape[k];
  }
  return new NdArray(data, shape, stride ?? rowMajor, offset);
}
