// Checks and bundles the page, and writes it as a C++ source: build.mjs OUTPUT. Runs in the folder of its packages.
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const output = process.argv[2];

execFileSync(process.execPath, [join(here, "node_modules/typescript/bin/tsc"), "-p", here], { stdio: "inherit" });
const bundle = await build({
  absWorkingDir: here,
  entryPoints: ["src/main.ts"],
  bundle: true,
  minify: true,
  target: "es2022",
  format: "iife",
  charset: "utf8",
  legalComments: "eof",
  write: false,
});

const files = [
  ["index.html", "text/html; charset=utf-8", readFileSync(join(here, "index.html"))],
  ["explore.css", "text/css; charset=utf-8", readFileSync(join(here, "explore.css"))],
  ["explore.js", "text/javascript; charset=utf-8", Buffer.from(bundle.outputFiles[0].contents)],
  ["land-110m.json", "application/json", readFileSync(join(here, "node_modules/world-atlas/land-110m.json"))],
  ["land-50m.json", "application/json", readFileSync(join(here, "node_modules/world-atlas/land-50m.json"))],
];

// Adjacent literals of octal escapes: a compiler reads them a hundred times faster than a list of numbers.
function literals(bytes) {
  const lines = [];
  for (let begin = 0; begin < bytes.length; begin += 4000) {
    let line = "";
    for (const byte of bytes.subarray(begin, begin + 4000)) {
      const c = String.fromCharCode(byte);
      if (byte < 32 || byte > 126 || c === '"' || c === "\\" || c === "?") line += "\\" + byte.toString(8).padStart(3, "0");
      else line += c;
    }
    lines.push(`    "${line}"`);
  }
  return lines.length === 0 ? '    ""' : lines.join("\n");
}

let text = '// Written by build.mjs.\n#include "runtime/explore/server.hpp"\n\n';
text += "namespace chunkwise::inline CHUNKWISE_ABI::explorer {\n\nnamespace {\n\n";
files.forEach(([, , bytes], i) => (text += `constexpr char file_${i}[] =\n${literals(bytes)};\n\n`));
text += "}  // namespace\n\nstd::vector<PageFile> page_files() {\n  return {\n";
files.forEach(
  ([name, type], i) => (text += `      {"${name}", "${type}", {static_cast<const char*>(file_${i}), sizeof file_${i} - 1}},\n`),
);
text += "  };\n}\n\n}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer\n";
writeFileSync(output, text);
