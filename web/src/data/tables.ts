// Numbers as text, for other programs.
import type { Curve, Image, Series } from "./arrays";

const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A table of x, y and value, one line for each bin; x and y are the edges of the bin. */
export function csvOfImage(image: Image): string {
  const name = (axis: Image["x"], end: string) => cell(`${axis.name}_${end}${axis.unit ? ` [${axis.unit}]` : ""}`);
  const lines = [[name(image.x, "low"), name(image.x, "high"), name(image.y, "low"), name(image.y, "high"), cell(`${image.label || "value"} [${image.unit}]`)].join(",")];
  for (let row = 0; row < image.height; ++row)
    for (let column = 0; column < image.width; ++column)
      lines.push([image.x.edges[column], image.x.edges[column + 1], image.y.edges[row], image.y.edges[row + 1], image.values[row * image.width + column]].join(","));
  return `${lines.join("\n")}\n`;
}

/** A table with a line for each bin, and the values (and errors) of each curve in columns. Curves have the axis of the first. */
export function csvOfCurves(curves: Curve[]): string {
  const [first] = curves;
  if (!first) return "";
  const alike = curves.filter((c) => c.y.length === first.y.length);
  const unit = first.x.unit ? ` [${first.x.unit}]` : "";
  const head = [...(first.steps ? [`${first.x.name}_low${unit}`, `${first.x.name}_high${unit}`] : [`${first.x.name}${unit}`]), ...alike.flatMap((c) => [`${c.name} [${c.unit}]`, ...(c.errors ? [`${c.name} error`] : [])])];
  const lines = [head.map(cell).join(",")];
  for (let i = 0; i < first.y.length; ++i)
    lines.push([...(first.steps ? [first.x.edges[i], first.x.edges[i + 1]] : [first.centres[i]]), ...alike.flatMap((c) => [c.y[i], ...(c.errors ? [c.errors[i]] : [])])].join(","));
  return `${lines.join("\n")}\n`;
}

export function csvOfSeries(name: string, series: Series): string {
  const lines = [`time,${cell(`${name} [${series.unit}]`)}`];
  for (let i = 0; i < series.time.length; ++i) lines.push(`${new Date(series.time[i] * 1000).toISOString()},${series.values[i]}`);
  return `${lines.join("\n")}\n`;
}
