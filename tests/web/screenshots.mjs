// Makes the pictures of the page in docs/images: node tests/web/screenshots.mjs [--program=… | --url=…] [--out=docs/images]
import { launch, needs, option, sleep } from "./browser.mjs";
import { target } from "./targets.mjs";

needs();
const out = option("out", new URL("../../docs/images", import.meta.url).pathname);
const engine = await target();
await engine.start();
const browser = await launch();

async function shoot(name, { width = 1440, height = 900, scheme = "dark", hash = "", mobile = false }, prepare = async () => {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, isMobile: mobile, hasTouch: mobile, deviceScaleFactor: mobile ? 2 : 1 });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  try {
    await page.goto(`${engine.url}/${hash}`);
    await page.waitForSelector("main section");
    await sleep(2500);
    await prepare(page);
    await sleep(1200);
    await page.screenshot({ path: `${out}/${name}.png` });
    console.log(name);
  } finally {
    await context.close();
  }
}

const rear = async (page) => {
  await page.locator(".tile-open", { hasText: "XY" }).first().click();
  await page.waitForSelector(".plot-canvas");
  await sleep(1200);
};

await sleep(Number(option("wait", "5")) * 1000);
await shoot("page_wall", {}, async (page) => {
  await page.selectOption("select[aria-label='Colour scale of all views']", "log");
});
await shoot("page_region", {}, async (page) => {
  await rear(page);
  await page.selectOption(".looks select >> nth=0", "log");
  const box = await page.locator(".plot").first().boundingBox();
  const at = (x, y) => [box.x + box.width * x, box.y + box.height * y];
  const drag = async (from, to) => {
    await page.mouse.move(...from);
    await page.mouse.down();
    await page.mouse.move(...to, { steps: 6 });
    await page.mouse.up();
  };
  if (await page.locator("button:text('Rectangle')").count()) {
    await page.click("button:text('Rectangle')");
    await drag(at(0.5, 0.24), at(0.6, 0.36));
    await sleep(600);
    await page.click("button:text('Polygon')");
    for (const corner of [at(0.36, 0.5), at(0.42, 0.66), at(0.34, 0.7)]) await page.mouse.click(...corner);
    await page.keyboard.press("Enter");
    await sleep(2500);
    await page.mouse.move(...at(0.55, 0.5));
  }
});
await shoot("page_start", { scheme: "light", hash: "#jobs" }, async (page) => {
  if (!(await page.locator("button:text('Start a job')").count())) return;
  await page.click("button:text('Start a job')");
  await page.selectOption("#start-workflow", { label: "Tube View" });
  await page.click("summary:text('TOA edges')");
  await page.fill("[id='field-toa_edges.num_bins']", "20000");
  await page.click("dialog button[type=submit]");
});
await shoot("page_light", { scheme: "light" });
await shoot("page_history", { hash: "#history" });
await shoot("page_telephone", { width: 390, height: 844, mobile: true });
await shoot("page_telephone_view", { width: 390, height: 844, mobile: true }, rear);
await browser.close();
await engine.stop();
