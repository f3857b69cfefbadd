// From a JSON schema to the fields of a form, and back to parameters.
import type { Schema } from "../engine/api";

export interface Field {
  /** As the engine names it in errors: "toa_edges.num_bins". */
  path: string;
  label: string;
  schema: Schema;
  kind: "number" | "integer" | "boolean" | "choice" | "text" | "json";
}

export interface Group {
  path: string;
  label: string;
  description: string;
  fields: Field[];
}

/** What stands in the fields, by path. */
export type Entries = Record<string, string | boolean>;

/** "toa_edges" as "Toa edges"; common short forms keep their letters. */
export function titleOf(name: string, schema: Schema): string {
  if (schema.title) return schema.title;
  const text = name.replaceAll("_", " ").replace(/\btoa\b/g, "TOA").replace(/\broi\b/g, "ROI").replace(/\bnum bins\b/g, "number of bins");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const typeOf = (schema: Schema): Schema => schema.anyOf?.find(({ type }) => type !== "null") ?? schema;

function kindOf(schema: Schema): Field["kind"] {
  const s = typeOf(schema);
  if (s.enum) return "choice";
  if (s.type === "number" || s.type === "integer" || s.type === "boolean") return s.type;
  return s.type === "string" ? "text" : "json";
}

/** The groups of a form: one for each property that is an object, one for all others. */
export function groupsOf(schema: Schema): Group[] {
  const groups: Group[] = [];
  const plain: Field[] = [];
  const walk = (properties: Record<string, Schema>, prefix: string, into: Field[], level: number) => {
    for (const [name, part] of Object.entries(properties)) {
      const path = prefix ? `${prefix}.${name}` : name;
      const inner = typeOf(part).properties;
      if (!inner) into.push({ path, label: titleOf(name, part), schema: { ...typeOf(part), default: part.default ?? typeOf(part).default }, kind: kindOf(part) });
      else if (level === 0) {
        const fields: Field[] = [];
        walk(inner, path, fields, 1);
        groups.push({ path, label: titleOf(name, part), description: part.description ?? typeOf(part).description ?? "", fields });
      } else walk(inner, path, into, level + 1);
    }
  };
  walk(schema.properties ?? {}, "", plain, 0);
  return plain.length ? [{ path: "", label: "Parameters", description: "", fields: plain }, ...groups] : groups;
}

const shownAsText = (value: unknown): string => (value === undefined || value === null ? "" : typeof value === "string" ? value : typeof value === "number" ? String(value) : JSON.stringify(value));

/** The value at "a.b" of an object. */
export const valueAt = (object: unknown, path: string): unknown => path.split(".").reduce<unknown>((o, name) => (o as Record<string, unknown> | undefined)?.[name], object);

/** What stands in the fields at first: the values given, else the defaults. */
export function initialEntries(groups: Group[], given: unknown = {}): Entries {
  const entries: Entries = {};
  for (const { fields } of groups)
    for (const { path, schema, kind } of fields) {
      const value = valueAt(given, path) ?? schema.default;
      entries[path] = kind === "boolean" ? value === true : shownAsText(value);
    }
  return entries;
}

function boundsText({ minimum, maximum }: Schema): string {
  if (minimum !== undefined && maximum !== undefined) return `from ${minimum} to ${maximum}`;
  return minimum !== undefined ? `of at least ${minimum}` : maximum !== undefined ? `of at most ${maximum}` : "";
}

/** What is wrong with what stands in a field; null: nothing. */
export function problemOf({ schema, kind }: Field, entry: string | boolean): string | null {
  if (typeof entry === "boolean" || kind === "choice" || kind === "text") return null;
  if (entry.trim() === "") return schema.default === undefined || schema.default === null || kind === "json" ? null : "Fill this in.";
  if (kind === "json") {
    try {
      JSON.parse(entry);
      return null;
    } catch {
      return "This is not JSON.";
    }
  }
  const value = Number(entry);
  const wanted = `${kind === "integer" ? "a whole number" : "a number"} ${boundsText(schema)}`.trim();
  if (!Number.isFinite(value)) return `"${entry}" is no number; give ${wanted}.`;
  if (kind === "integer" && !Number.isInteger(value)) return `${entry} is not whole; give ${wanted}.`;
  const outside =
    (schema.minimum !== undefined && value < schema.minimum) ||
    (schema.maximum !== undefined && value > schema.maximum) ||
    (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum) ||
    (schema.exclusiveMaximum !== undefined && value >= schema.exclusiveMaximum);
  return outside ? `Give ${wanted}.` : null;
}

/** The parameters that differ from the defaults, as the engine takes them. */
export function paramsOf(groups: Group[], entries: Entries): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  const put = (path: string, value: unknown) => {
    const names = path.split(".");
    const last = names.pop()!;
    let at = params;
    for (const name of names) at = (at[name] ??= {}) as Record<string, unknown>;
    at[last] = value;
  };
  for (const { fields } of groups)
    for (const { path, schema, kind } of fields) {
      const entry = entries[path];
      if (entry === (kind === "boolean" ? schema.default === true : shownAsText(schema.default))) continue;
      if (typeof entry === "boolean") put(path, entry);
      else if (kind === "number" || kind === "integer") {
        if (entry.trim() !== "") put(path, Number.isFinite(Number(entry)) ? Number(entry) : entry);
      } else if (kind === "json") {
        if (entry.trim() !== "") put(path, JSON.parse(entry));
      } else if (kind === "choice" && typeof schema.enum?.[0] === "number") put(path, Number(entry));
      else put(path, entry);
    }
  return params;
}
