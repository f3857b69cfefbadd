import { useEffect, useState } from "react";
import { keyOf, watchFrame, want, type Frame, type Wanted } from "./live";

/** The latest values of some outputs, asked for as long as they are shown; a new map with each that comes. */
export function useFrames(wanted: Wanted[], mostPerSecond = 10): Map<string, Frame> {
  const [frames, setFrames] = useState(new Map<string, Frame>());
  const key = JSON.stringify(wanted);
  useEffect(() => {
    let asked = 0;
    const now = new Map<string, Frame>();
    const show = () => {
      asked = 0;
      setFrames(new Map(now));
    };
    const list = JSON.parse(key) as Wanted[];
    const undo = list.flatMap((w) => [
      watchFrame(w.job, w.output, (frame) => {
        now.set(keyOf(w.job, w.output), frame);
        asked ||= requestAnimationFrame(show);
      }),
      want(w, mostPerSecond),
    ]);
    return () => {
      cancelAnimationFrame(asked);
      undo.forEach((f) => f());
    };
  }, [key, mostPerSecond]);
  return frames;
}
