// Debian's chromium under playwright-core, for the tests of the page and its screenshots.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

export const option = (name, otherwise) => {
  const found = process.argv.find((a) => a.startsWith(`--${name}=`));
  return found ? found.slice(name.length + 3) : otherwise;
};

/** Where npm's packages of the page are: in web/ of the sources or of a build folder. */
export const modules = resolve(option("modules", new URL("../../web", import.meta.url).pathname));
export const require = createRequire(`${modules}/package.json`);

export const chromium = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((p) => p && existsSync(p));

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Ends with the code for "skipped" if something is missing that the tests need. */
export function needs() {
  const missing = [!chromium && "chromium", !existsSync(`${modules}/node_modules/playwright-core`) && `playwright-core in ${modules}`].filter(Boolean);
  if (!missing.length) return;
  console.log(`skipped: there is no ${missing.join(" and no ")}`);
  process.exit(77);
}

export async function launch(args = []) {
  const { chromium: driver } = require("playwright-core");
  return driver.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-dev-shm-usage", ...args] });
}
