// Tests of the page in a browser: node tests/web/run.mjs [--url=http://… | --program=build/release/bin/livedata] [--only=WORD]
// Without either it starts the mock server. --on=mock: only what nothing but the mock server can show. Exit code 0: all passed, 1: some failed, 77: chromium or npm's packages are missing.
import { launch, needs, option, sleep } from "./browser.mjs";
import { scratch, target } from "./targets.mjs";

needs();
const { cases } = await import("./cases.mjs");

const engine = await target();
await engine.start();
const browser = await launch();
const only = option("only", "");
const folder = scratch();
let [passed, failed, skipped] = [0, 0, 0];
const figures = {};

for (const { name, run, on } of cases) {
  if (only && !name.includes(only)) continue;
  if (on ? engine.kind !== on : option("on", "")) continue;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, reducedMotion: "reduce" });
  const problems = [];
  const open = async (options = {}) => {
    const page = await (options.context ?? context).newPage();
    page.setDefaultTimeout(15000);
    page.on("pageerror", (error) => problems.push(`error on the page: ${error.message}`));
    page.on("console", (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) problems.push(`policy: ${message.text()}`);
    });
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== "blob:" && protocol !== "data:" && origin !== new URL(engine.url).origin) problems.push(`request elsewhere: ${request.url()}`);
    });
    await page.goto(`${engine.url}/${options.hash ?? ""}`);
    return page;
  };
  const begin = Date.now();
  try {
    const skip = await run({ engine, open, browser, context, folder, figures });
    if (problems.length) throw new Error(problems.join("\n"));
    if (skip) ++skipped;
    else ++passed;
    console.log(`${skip ? "skipped" : "ok     "} ${name}${skip ? `: ${skip}` : ""} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
  } catch (error) {
    ++failed;
    console.log(`FAILED  ${name}\n        ${String(error.stack ?? error).split("\n").slice(0, 12).join("\n        ")}`);
    const shot = context.pages()[0];
    if (shot && option("shots", "")) await shot.screenshot({ path: `${option("shots", "")}/${name.replaceAll(/\W+/g, "_")}.png` }).catch(() => {});
  }
  await context.close();
}
await browser.close();
await engine.stop();
await sleep(50);
console.log(`figures: ${JSON.stringify(figures)}`);
console.log(`web: ${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed ? 1 : 0);
