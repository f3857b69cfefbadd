// Reads da00 messages (data arrays: variables with dimensions, unit and element type) as they come from the engine.
import { ByteBuffer } from "flatbuffers";

export type Numbers = Float64Array | Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/** A variable. `values` are in row-major order; whole numbers of 64 bit are given as float64. */
export interface Variable {
  name: string;
  unit: string;
  label: string;
  dims: string[];
  shape: number[];
  values: Numbers;
}

/** The values (`signal`), their standard deviations if there are any, and the coordinates by name. */
export interface DataArray {
  sourceName: string;
  /** Seconds since 1970. */
  time: number;
  data: Variable;
  errors: Numbers | null;
  coords: Map<string, Variable>;
}

// Places of the fields in the tables, as the schema numbers them.
const place = (field: number) => 4 + 2 * field;
const arrayField = { sourceName: place(0), timestamp: place(1), data: place(2) };
const variableField = { name: place(0), unit: place(1), label: place(2), type: place(4), axes: place(5), shape: place(6), data: place(7) };

const sizes: Record<number, number> = { 1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 8, 8: 8, 9: 4, 10: 8, 11: 1 };

function fromInt64(bytes: Uint8Array, signed: boolean): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Float64Array(bytes.byteLength / 8);
  for (let i = 0; i < out.length; ++i) {
    const high = signed ? view.getInt32(8 * i + 4, true) : view.getUint32(8 * i + 4, true);
    out[i] = high * 4294967296 + view.getUint32(8 * i, true);
  }
  return out;
}

function numbersOf(type: number, bytes: Uint8Array, name: string): Numbers {
  const size = sizes[type];
  if (!size) throw new Error(`da00: variable "${name}" has the unknown element type ${type}`);
  if (bytes.byteLength % size) throw new Error(`da00: variable "${name}" has ${bytes.byteLength} bytes, no multiple of ${size}`);
  if (type === 7 || type === 8) return fromInt64(bytes, type === 7);
  // Typed arrays begin at multiples of their element size only.
  const aligned = bytes.byteOffset % size ? bytes.slice() : bytes;
  const { buffer, byteOffset: at } = aligned;
  const n = aligned.byteLength / size;
  switch (type) {
    case 1: return new Int8Array(buffer, at, n);
    case 3: return new Int16Array(buffer, at, n);
    case 4: return new Uint16Array(buffer, at, n);
    case 5: return new Int32Array(buffer, at, n);
    case 6: return new Uint32Array(buffer, at, n);
    case 9: return new Float32Array(buffer, at, n);
    case 10: return new Float64Array(buffer, at, n);
    default: return new Uint8Array(buffer, at, n);
  }
}

const text = (bb: ByteBuffer, table: number, field: number): string => {
  const at = bb.__offset(table, field);
  return at ? String(bb.__string(table + at)) : "";
};

/** Begin and length of a vector, [0, 0] if it is missing. */
function vector(bb: ByteBuffer, table: number, field: number): [number, number] {
  const at = bb.__offset(table, field);
  return at ? [bb.__vector(table + at), bb.__vector_len(table + at)] : [0, 0];
}

function variableAt(bb: ByteBuffer, table: number): Variable {
  const name = text(bb, table, variableField.name);
  const [axes, rank] = vector(bb, table, variableField.axes);
  const dims = Array.from({ length: rank }, (_, i) => String(bb.__string(axes + 4 * i)));
  const [lengths, lengthCount] = vector(bb, table, variableField.shape);
  const shape = Array.from({ length: lengthCount }, (_, i) => Number(bb.readInt64(lengths + 8 * i)));
  const typeAt = bb.__offset(table, variableField.type);
  const [begin, size] = vector(bb, table, variableField.data);
  const all = bb.bytes();
  if (begin + size > all.byteLength) throw new Error(`da00: variable "${name}" reaches beyond the end of the message`);
  const values = numbersOf(typeAt ? bb.readInt8(table + typeAt) : 0, all.subarray(begin, begin + size), name);
  const count = shape.reduce((product, n) => product * n, 1);
  const elements = typeAt && bb.readInt8(table + typeAt) === 11 ? count : values.length;
  if (count !== elements) throw new Error(`da00: variable "${name}" has ${values.length} elements, its shape says ${shape.join(" x ")}`);
  if (dims.length !== shape.length && dims.length) throw new Error(`da00: variable "${name}" has ${dims.length} axes, but ${shape.length} lengths`);
  return {
    name,
    unit: text(bb, table, variableField.unit),
    label: text(bb, table, variableField.label),
    dims: dims.length === shape.length ? dims : shape.map((_, i) => `dim_${i}`),
    shape,
    values,
  };
}

/** All variables of a message in their order. Throws an Error with the reason if the bytes are none. */
export function decodeVariables(bytes: Uint8Array): { sourceName: string; time: number; variables: Variable[] } {
  if (bytes.byteLength < 8 || String.fromCharCode(...bytes.subarray(4, 8)) !== "da00") throw new Error("da00: the bytes are no da00 message");
  try {
    const bb = new ByteBuffer(bytes);
    const root = bb.readInt32(0);
    const stamp = bb.__offset(root, arrayField.timestamp);
    const [tables, count] = vector(bb, root, arrayField.data);
    return {
      sourceName: text(bb, root, arrayField.sourceName),
      time: stamp ? Number(bb.readInt64(root + stamp)) / 1e9 : 0,
      variables: Array.from({ length: count }, (_, i) => variableAt(bb, bb.__indirect(tables + 4 * i))),
    };
  } catch (error) {
    if (error instanceof RangeError) throw new Error("da00: the message is cut short or damaged");
    throw error;
  }
}

/** The data array of a message. Throws an Error with the reason if there is none. */
export function decode(bytes: Uint8Array): DataArray {
  const { sourceName, time, variables } = decodeVariables(bytes);
  const data = variables.find(({ name }) => name === "signal") ?? variables[0];
  if (!data) throw new Error("da00: the message has no variable");
  const errors = variables.find(({ name }) => name === "errors");
  const coords = new Map(variables.filter((v) => v !== data && v !== errors).map((v) => [v.name, v]));
  return { sourceName, time, data, errors: errors && errors.values.length === data.values.length ? errors.values : null, coords };
}
