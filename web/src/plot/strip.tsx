// Series over real time, by uPlot. Loaded when the first one is shown.
import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { duration, number, short } from "../data/format";
import { useSize } from "./plot";
import { useStore } from "../parts/store";
import { inks } from "../parts/theme";

export interface Line { label: string; colour: string; values: ArrayLike<number | null>; unit: string; steps?: boolean }

export interface StripProps {
  title: string;
  time: ArrayLike<number>;
  lines: Line[];
  /** How the numbers of the vertical axis are written. */
  form: "number" | "duration" | "short";
  fromZero?: boolean;
}

const written = { number: (v: number) => number(v), duration, short };

const two = (n: number) => String(n).padStart(2, "0");

/** Times of day; seconds where the ticks are closer than a minute, the date where they are days apart. */
function timeLabels(_: uPlot, ticks: number[], __: number, ___: number, step: number): string[] {
  return ticks.map((s) => {
    const t = new Date(s * 1000);
    if (step >= 86400) return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}`;
    return `${two(t.getHours())}:${two(t.getMinutes())}${step < 60 ? `:${two(t.getSeconds())}` : ""}`;
  });
}

export default function Strip({ title, time, lines, form, fromZero = false }: StripProps) {
  const [box, { width, height }] = useSize();
  const plot = useRef<uPlot | null>(null);
  const colours = useStore(inks);
  const shape = lines.map((l) => `${l.label} ${l.colour} ${l.unit} ${l.steps}`).join();
  const data = [Array.from(time), ...lines.map((l) => Array.from(l.values))] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    if (!width || !height) return;
    const axis = { stroke: colours.text, grid: { stroke: colours.grid, width: 1 }, ticks: { stroke: colours.faint, width: 1 }, font: `12px ${colours.font}` };
    const instance = new uPlot(
      {
        width,
        height: height - 30,
        scales: { y: fromZero ? { range: (_, __, high) => [0, high > 0 ? high * 1.08 : 1] } : {} },
        axes: [{ ...axis, values: timeLabels, space: 80 }, { ...axis, size: 64, values: (_, ticks) => ticks.map((v) => (v === null ? "" : written[form](v))) }],
        series: [
          { label: "Time", value: (_, v) => (v === null ? "–" : new Date(v * 1000).toLocaleTimeString("en-GB")) },
          ...lines.map((l): uPlot.Series => ({
            label: l.label,
            stroke: l.colour,
            width: 1.5,
            spanGaps: false,
            paths: l.steps ? uPlot.paths.stepped!({ align: 1 }) : undefined,
            points: { show: latest.current[0].length < 40 },
            value: (_, v) => (v === null || v === undefined ? "–" : `${written[form](v)}${form === "duration" ? "" : ` ${l.unit}`}`),
          })),
        ],
        cursor: { points: { size: 7 } },
      },
      latest.current,
      box.current!,
    );
    plot.current = instance;
    return () => {
      instance.destroy();
      plot.current = null;
    };
  }, [width > 0 && height > 0, shape, colours, form, fromZero]);

  useEffect(() => plot.current?.setSize({ width, height: height - 30 }), [width, height]);
  useEffect(() => {
    // A part that was zoomed into stays as it is.
    const { current } = plot;
    if (!current) return;
    const before = current.data[0];
    const { min, max } = current.scales.x;
    current.setData(data, min === undefined || min === null || (min <= before[0] && max! >= before[before.length - 1]));
  }, [time, lines]);

  return <div className="strip" ref={box} role="img" aria-label={title} />;
}
