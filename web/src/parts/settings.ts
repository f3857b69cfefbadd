// What a person has arranged. It is kept in the browser and can be carried elsewhere as a file.
import type { ColourMap } from "../data/colour";
import { colourMaps } from "../data/colour";
import type { ScaleType } from "../data/scale";
import { Store } from "./store";

/** How the picture of a view is coloured. */
export interface Look {
  scale: ScaleType;
  map: ColourMap;
  /** "auto": between percentiles; "fixed": from low to high. */
  range: "auto" | "fixed";
  /** The upper percentile; the lower one is 100 less it. 100: all values. */
  percentile: number;
  low: number;
  high: number;
}

export interface Settings {
  version: 1;
  theme: "system" | "dark" | "light";
  /** Counts since the start, or of the last update, on the wall. */
  window: boolean;
  tileSize: "small" | "medium" | "large";
  /** Tiles by key ("workflow source") that were put first, in their order. */
  order: string[];
  hidden: string[];
  look: Look;
  /** Looks of single views, by tile key. */
  looks: Record<string, Look>;
  /** Names of regions, by tile key and place. */
  regionNames: Record<string, string>;
  renderer: "auto" | "webgl" | "canvas";
  aspect: "equal" | "fill";
}

export const defaultLook: Look = { scale: "linear", map: "viridis", range: "auto", percentile: 99.5, low: 0, high: 1 };

export const defaults: Settings = {
  version: 1,
  theme: "system",
  window: false,
  tileSize: "medium",
  order: [],
  hidden: [],
  look: defaultLook,
  looks: {},
  regionNames: {},
  renderer: "auto",
  aspect: "equal",
};

const oneOf = <T,>(value: unknown, choices: readonly T[], otherwise: T): T => (choices.includes(value as T) ? (value as T) : otherwise);
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((v) => typeof v === "string") : []);
const entries = (value: unknown): [string, unknown][] => (value && typeof value === "object" && !Array.isArray(value) ? Object.entries(value) : []);
const finite = (value: unknown, otherwise: number) => (typeof value === "number" && Number.isFinite(value) ? value : otherwise);

function lookFrom(value: unknown): Look {
  const v = (value ?? {}) as Partial<Look>;
  return {
    scale: oneOf(v.scale, ["linear", "log", "symlog"], defaultLook.scale),
    map: oneOf(v.map, Object.keys(colourMaps) as ColourMap[], defaultLook.map),
    range: oneOf(v.range, ["auto", "fixed"], "auto"),
    percentile: Math.min(100, Math.max(50, finite(v.percentile, defaultLook.percentile))),
    low: finite(v.low, 0),
    high: finite(v.high, 1),
  };
}

/** Settings from a text. What it lacks or has wrong is as at first; throws an Error if it is no such text at all. */
export function settingsFrom(text: string): Settings {
  let v: Partial<Settings>;
  try {
    v = JSON.parse(text);
  } catch {
    throw new Error("This file has no arrangement of the page: it is not JSON.");
  }
  if (!v || typeof v !== "object" || v.version !== 1) throw new Error('This file has no arrangement of the page: it lacks "version": 1.');
  return {
    version: 1,
    theme: oneOf(v.theme, ["system", "dark", "light"], "system"),
    window: v.window === true,
    tileSize: oneOf(v.tileSize, ["small", "medium", "large"], "medium"),
    order: texts(v.order),
    hidden: texts(v.hidden),
    look: lookFrom(v.look),
    looks: Object.fromEntries(entries(v.looks).map(([key, look]) => [key, lookFrom(look)])),
    regionNames: Object.fromEntries(entries(v.regionNames).filter((e): e is [string, string] => typeof e[1] === "string")),
    renderer: oneOf(v.renderer, ["auto", "webgl", "canvas"], "auto"),
    aspect: oneOf(v.aspect, ["equal", "fill"], "equal"),
  };
}

const place = "livedata.settings";

function stored(): Settings {
  try {
    const text = localStorage.getItem(place);
    return text ? settingsFrom(text) : defaults;
  } catch {
    return defaults;
  }
}

export const settings = new Store<Settings>(typeof localStorage === "undefined" ? defaults : stored());

export function change(part: Partial<Settings>): void {
  settings.set({ ...settings.get(), ...part });
  try {
    localStorage.setItem(place, JSON.stringify(settings.get()));
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}

export const lookOf = (s: Settings, tile: string): Look => s.looks[tile] ?? s.look;
export const changeLook = (tile: string, part: Partial<Look>): void => {
  const s = settings.get();
  change({ looks: { ...s.looks, [tile]: { ...lookOf(s, tile), ...part } } });
};
