// Writes a C++ file that has the files of a folder in itself: node embed.mjs FOLDER OUTPUT.cpp
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { extname, join, relative, resolve } from "node:path";

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".txt": "text/plain; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

const filesBelow = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });

const [folder, output] = process.argv.slice(2).map((path) => resolve(path));
const assets = filesBelow(folder)
  .map((file) => {
    const path = "/" + relative(folder, file).replaceAll("\\", "/");
    const type = types[extname(file)];
    if (!type) throw new Error(`${file}: no content type is known for this ending; add it to ${process.argv[1]}`);
    return { file, path: path === "/index.html" ? "/" : path, type, bytes: readFileSync(file) };
  })
  .sort((a, b) => (a.path < b.path ? -1 : 1));
if (!assets.some(({ path }) => path === "/")) throw new Error(`${folder} has no index.html`);

// The assembler takes the bytes in, which is far quicker than a compiler that reads them as numbers. The digest is there so
// that this file changes when one of those changes.
const blobs = assets.map(
  ({ file, bytes }, i) => `// ${createHash("sha256").update(bytes).digest("hex")}
asm(".section .rodata\\n.balign 16\\nlivedata_web_asset_${i}:\\n.incbin ${JSON.stringify(file).replaceAll('"', '\\"')}\\n.byte 0\\n.text\\n");
extern "C" const char livedata_web_asset_${i}[];`,
);
const entries = assets.map(
  ({ path, type, bytes }, i) => `    {${JSON.stringify(path)}, {${JSON.stringify(type)}, {livedata_web_asset_${i}, ${bytes.length}}}},`,
);
writeFileSync(
  output,
  `// Made by embed.mjs from the files of the page.
#include <web/assets.hpp>

#include <array>

${blobs.join("\n")}

namespace livedata::web {

std::span<const embedded_file> embedded_files() {
  static const std::array<embedded_file, ${assets.length}> files{{
${entries.join("\n")}
  }};
  return files;
}

} // namespace livedata::web
`,
);
