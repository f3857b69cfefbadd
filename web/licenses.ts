// Puts the licences of all packages that are in the page into licenses.txt beside it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** The folder of the package that a module is from. */
function packageOf(id: string): string | null {
  const parts = id.split("?")[0].replaceAll("\0", "").split("/node_modules/");
  if (parts.length < 2) return null;
  const [first, second] = parts.pop()!.split("/");
  return `${parts.join("/node_modules/")}/node_modules/${first.startsWith("@") ? `${first}/${second}` : first}`;
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((f) => /^(licen[cs]e|copying)/i.test(f));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : `Licence: ${license}`;
  return `${name} ${version} (${license})\n\n${text}\n`;
}

export function licenses(): Plugin {
  return {
    name: "licenses",
    apply: "build",
    generateBundle() {
      const folders = new Set([...this.getModuleIds()].map(packageOf).filter((f): f is string => !!f && existsSync(join(f, "package.json"))));
      const source = [...folders].sort().map(licenceOf).join(`\n${"-".repeat(80)}\n\n`);
      this.emitFile({ type: "asset", fileName: "licenses.txt", source });
    },
  };
}
