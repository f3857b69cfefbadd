// Writes da00 messages, for the mock server and for tests.
import { Builder } from "flatbuffers";

const types = [
  [Int8Array, 1], [Uint8Array, 2], [Int16Array, 3], [Uint16Array, 4], [Int32Array, 5], [Uint32Array, 6], [BigInt64Array, 7], [BigUint64Array, 8],
  [Float32Array, 9], [Float64Array, 10],
];

function writeVariable(b, { name, unit, label, dims, shape, values }) {
  const type = types.find(([kind]) => values instanceof kind)[1];
  const labelAt = label ? b.createString(label) : 0;
  const unitAt = unit !== undefined ? b.createString(unit) : 0;
  const nameAt = b.createString(name);
  const axes = dims.map((d) => b.createString(d));
  b.startVector(4, axes.length, 4);
  for (const a of axes.toReversed?.() ?? [...axes].reverse()) b.addOffset(a);
  const axesAt = b.endVector();
  b.startVector(8, shape.length, 8);
  for (const n of [...shape].reverse()) b.addInt64(BigInt(n));
  const shapeAt = b.endVector();
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const dataAt = b.createByteVector(bytes);
  b.startObject(8);
  b.addFieldOffset(0, nameAt, 0);
  if (unitAt) b.addFieldOffset(1, unitAt, 0);
  if (labelAt) b.addFieldOffset(2, labelAt, 0);
  b.addFieldInt8(4, type, 0);
  b.addFieldOffset(5, axesAt, 0);
  b.addFieldOffset(6, shapeAt, 0);
  b.addFieldOffset(7, dataAt, 0);
  return b.endObject();
}

/** The bytes of a message; `time` in seconds since 1970. */
export function encode(sourceName, time, variables) {
  const size = variables.reduce((n, v) => n + v.values.byteLength + 512, 256);
  const b = new Builder(size);
  const offsets = variables.map((v) => writeVariable(b, v));
  b.startVector(4, offsets.length, 4);
  for (const o of [...offsets].reverse()) b.addOffset(o);
  const dataAt = b.endVector();
  const sourceAt = b.createString(sourceName);
  b.startObject(3);
  b.addFieldOffset(0, sourceAt, 0);
  b.addFieldInt64(1, BigInt(Math.round(time * 1e9)), 0n);
  b.addFieldOffset(2, dataAt, 0);
  const root = b.endObject();
  b.finish(root, "da00");
  return b.asUint8Array();
}
