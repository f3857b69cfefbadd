// The regions of a job, kept the same here and in the engine.
import { useCallback, useEffect, useRef, useState } from "react";
import { api } from "./api";
import { keyOf } from "./live";
import { fromApi, toApi, whyInvalid, type Region } from "../data/regions";
import { useFrames } from "./use_frames";

// How long after a change of ours what the engine says may still be from before it, ms.
const settling = 2500;

export interface RegionState {
  regions: Region[];
  error: string;
  /** Changes what is shown; `send` also what counts. */
  set: (regions: Region[], send: boolean) => void;
}

export function useRegions(job: string, enabled: boolean): RegionState {
  const [regions, setRegions] = useState<Region[]>([]);
  const [error, setError] = useState("");
  const changed = useRef(0);
  // The engine gives back the regions that count as outputs: whoever drew them, they are seen here.
  const echoes = useFrames(enabled ? ["roi_rectangle", "roi_polygon"].map((output) => ({ job, output, max_size: null })) : [], 4);
  const signature = ["roi_rectangle", "roi_polygon"]
    .map((output) => [...(echoes.get(keyOf(job, output))?.array.coords.values() ?? [])].map((c) => c.values.join(" ")).join(";"))
    .join("|");

  const load = useCallback(async () => {
    if (!enabled || performance.now() - changed.current < settling) return;
    try {
      const told = fromApi(await api.regions(job));
      if (performance.now() - changed.current >= settling) setRegions(told);
    } catch {
      // The connection says so by itself; regions come back with it.
    }
  }, [job, enabled]);

  useEffect(() => {
    changed.current = -Infinity;
    setRegions([]);
    setError("");
  }, [job]);
  useEffect(() => void load(), [load, signature]);

  const set = useCallback(
    async (next: Region[], send: boolean) => {
      changed.current = performance.now();
      setRegions(next);
      if (!send) return;
      const wrong = next.map(whyInvalid).find(Boolean);
      if (wrong) return setError(wrong);
      try {
        await api.setRegions(job, toApi(next));
        setError("");
      } catch (e) {
        setError((e as Error).message);
      }
      setTimeout(load, settling + 100);
    },
    [job, load],
  );
  return { regions, error, set };
}
