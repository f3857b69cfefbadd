// The stream of the engine's updates: one WebSocket, what it brought last, and who wants to know.
import type { Job, Status } from "./api";
import { mergeSeries, seriesOf, shownAs, type Series } from "../data/arrays";
import { decode, type DataArray } from "../data/da00";
import { Store } from "../parts/store";

/** The latest value of an output. */
export interface Frame {
  array: DataArray;
  /** When its data end, seconds since 1970. */
  time: number;
  sequence: number;
  /** By how much rows and columns were put together, null: as it is. */
  scaled: [number, number] | null;
  /** Series over time: all samples that are known. The engine gives those that it has kept first, and then what is new. */
  series: Series | null;
  /** When it came, in the browser's clock (ms of performance.now). */
  arrived: number;
}

export interface Wanted {
  job: string;
  output: string;
  max_size: [number, number] | null;
}

export type Connection = { state: "connecting" | "open" } | { state: "lost"; since: number; /** The engine is there, but wants to know who asks. */ refused?: boolean };

export const status = new Store<Status | null>(null);
export const jobs = new Store<Job[] | null>(null);
export const connection = new Store<Connection>({ state: "connecting" });
/** Seconds that the engine's clock is ahead of the browser's. */
export const clockAhead = new Store(0);
/** When the last word of the engine came, seconds since 1970 in the browser's clock. */
export const lastHeard = new Store(0);

const frames = new Map<string, Frame>();
const watchers = new Map<string, Set<(frame: Frame) => void>>();
const wanted = new Map<symbol, { show: Wanted; mostPerSecond: number }>();
// The engine takes no more in one message.
const mostShown = 200;

/** Without a word for so long the engine counts as gone: it tells its status every second. */
const silence = 6000;
const retryDelays = [250, 500, 1000, 2000, 3000];

let socket: WebSocket | null = null;
let retries = 0;
let listening = 0;

export const keyOf = (job: string, output: string) => `${job} ${output}`;
export const frameOf = (job: string, output: string) => frames.get(keyOf(job, output)) ?? null;

/** The engine's clock, seconds since 1970. */
export const engineNow = () => Date.now() / 1000 + clockAhead.get();

/** Calls `draw` with each new value of an output and at once with the last, until the function that it returns is called. */
export function watchFrame(job: string, output: string, draw: (frame: Frame) => void): () => void {
  const key = keyOf(job, output);
  const set = watchers.get(key) ?? new Set();
  watchers.set(key, set.add(draw));
  const frame = frames.get(key);
  if (frame) draw(frame);
  return () => {
    set.delete(draw);
    if (!set.size) watchers.delete(key);
  };
}

let announcing = false;

// Many begin and end to want something at once: one message says it all.
function announce() {
  if (announcing) return;
  announcing = true;
  queueMicrotask(() => {
    announcing = false;
    if (socket?.readyState !== WebSocket.OPEN) return;
    const show = new Map<string, Wanted>();
    let most = 1;
    for (const entry of document.hidden ? [] : wanted.values()) {
      const key = keyOf(entry.show.job, entry.show.output);
      const other = show.get(key)?.max_size;
      const size = entry.show.max_size;
      const larger = other === undefined ? size : other && size ? ([Math.max(other[0], size[0]), Math.max(other[1], size[1])] as [number, number]) : null;
      show.set(key, { ...entry.show, max_size: larger });
      most = Math.max(most, entry.mostPerSecond);
    }
    socket.send(JSON.stringify({ show: [...show.values()].slice(-mostShown), most_per_s: most }));
  });
}

/** Asks for the updates of an output until the function that it returns is called. */
export function want(show: Wanted, mostPerSecond: number): () => void {
  const id = Symbol();
  wanted.set(id, { show, mostPerSecond });
  announce();
  return () => {
    wanted.delete(id);
    announce();
  };
}

function takeFrame(buffer: ArrayBuffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const array = decode(new Uint8Array(buffer, 4 + length));
  const key = keyOf(header.job, header.output);
  const series = shownAs(array) === "timeseries" ? seriesOf(array) : null;
  const frame: Frame = {
    array,
    time: header.time ?? array.time,
    sequence: header.sequence ?? 0,
    scaled: header.scaled && (header.scaled[0] > 1 || header.scaled[1] > 1) ? header.scaled : null,
    series: series && mergeSeries(frames.get(key)?.series ?? null, series),
    arrived: performance.now(),
  };
  frames.set(key, frame);
  for (const draw of [...(watchers.get(key) ?? [])]) draw(frame);
}

function forgetEndedJobs(current: Job[]) {
  const known = new Set(current.map(({ id }) => id));
  for (const key of frames.keys()) if (!known.has(key.slice(0, key.lastIndexOf(" ")))) frames.delete(key);
}

function takeText(text: string) {
  const { type, ...rest } = JSON.parse(text);
  if (type === "status") {
    const told = rest as unknown as Status;
    clockAhead.set(Math.abs(told.now_time - Date.now() / 1000 - clockAhead.get()) > 0.5 ? told.now_time - Date.now() / 1000 : clockAhead.get());
    status.set(told);
  } else if (type === "jobs") {
    forgetEndedJobs(rest.jobs);
    jobs.set(rest.jobs);
  } else if (type === "error") console.warn("The engine did not understand what this page wants to see:", rest.error);
}

function lost() {
  if (connection.get().state !== "lost") connection.set({ state: "lost", since: lastHeard.get() || Date.now() / 1000 });
  // A browser does not say why a WebSocket was not opened; an ordinary request does.
  fetch("/api/v1/status", { cache: "no-store" })
    .then(({ status: code }) => {
      const link = connection.get();
      if (link.state === "lost") connection.set({ ...link, refused: code === 401 || code === 403 });
    })
    .catch(() => {});
  const delay = retryDelays[Math.min(retries++, retryDelays.length - 1)];
  window.setTimeout(connect, delay * (0.8 + 0.4 * Math.random()));
}

function listen() {
  window.clearTimeout(listening);
  listening = window.setTimeout(() => socket?.close(), silence);
}

/** Connects, and again whenever the connection is lost. To be called once. */
export function connect(): void {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const mine = new WebSocket(`${scheme}://${location.host}/api/v1/updates`);
  socket = mine;
  mine.binaryType = "arraybuffer";
  mine.onopen = () => {
    listen();
    announce();
  };
  mine.onmessage = ({ data }) => {
    listen();
    lastHeard.set(Date.now() / 1000);
    if (connection.get().state !== "open") {
      retries = 0;
      connection.set({ state: "open" });
    }
    try {
      if (typeof data === "string") takeText(data);
      else takeFrame(data);
    } catch (error) {
      // One message that cannot be read is no reason to stop.
      console.warn("An update could not be read:", error);
    }
  };
  let ended = false;
  mine.onclose = () => {
    if (ended) return;
    ended = true;
    window.clearTimeout(listening);
    lost();
  };
}

document.addEventListener("visibilitychange", announce);
