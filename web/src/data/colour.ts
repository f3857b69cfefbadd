// Colour tables. Viridis and cividis come first: their brightness rises evenly, also for those who see few colours.
import { interpolateCividis, interpolateGreys, interpolateInferno, interpolateMagma, interpolatePlasma, interpolateViridis, interpolateRdBu } from "d3-scale-chromatic";

export const colourMaps = {
  viridis: { title: "Viridis", at: interpolateViridis, h5web: "Viridis" },
  cividis: { title: "Cividis", at: interpolateCividis, h5web: "Cividis" },
  inferno: { title: "Inferno", at: interpolateInferno, h5web: "Inferno" },
  magma: { title: "Magma", at: interpolateMagma, h5web: "Magma" },
  plasma: { title: "Plasma", at: interpolatePlasma, h5web: "Plasma" },
  greys: { title: "Greys", at: interpolateGreys, h5web: "Greys" },
  rdbu: { title: "Red–blue (two signs)", at: interpolateRdBu, h5web: "RdBu" },
} as const;

export type ColourMap = keyof typeof colourMaps;

function channels(css: string): [number, number, number] {
  if (css.startsWith("#")) return [1, 3, 5].map((i) => parseInt(css.slice(i, i + 2), 16)) as [number, number, number];
  return css.match(/[\d.]+/g)!.slice(0, 3).map(Number) as [number, number, number];
}

const tables = new Map<string, Uint32Array>();

/** 256 colours as canvases keep them (red in the lowest byte, opaque). */
export function colourTable(map: ColourMap): Uint32Array {
  let table = tables.get(map);
  if (!table) {
    table = Uint32Array.from({ length: 256 }, (_, i) => {
      const [r, g, b] = channels(colourMaps[map].at(i / 255));
      return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
    });
    tables.set(map, table);
  }
  return table;
}

/** Colours of curves and regions, after Okabe and Ito: told apart by all, on dark and on light. */
export const lineColours = ["#0e8ac8", "#e69f00", "#00a37a", "#d55e00", "#cc79a7", "#7f7fff", "#8a8a8a", "#b8a800"];
export const lineColour = (i: number) => lineColours[i % lineColours.length];
