// The page's own reader of da00 messages, for the tests: numbers of the interface are read as the page reads them.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { modules, require } from "./browser.mjs";

const folder = mkdtempSync(join(tmpdir(), "livedata-decoder-"));

async function bundled(name) {
  const out = join(folder, `${name}.mjs`);
  require("esbuild").buildSync({ entryPoints: [join(modules, "src/data", `${name}.ts`)], bundle: true, format: "esm", platform: "node", outfile: out });
  return import(pathToFileURL(out).href);
}

export const { decode } = await bundled("da00");
export const { imageOf, curvesOf, binOf, sumOf } = await bundled("arrays");
