/** Rules that the compiler cannot see: what the content security policy, old machines and money forbid in the sources. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const RULES = [
  [/\bparseFloat\b|\btoFixed\b/, "money and rates are strings; do not turn them into floats"],
  [/\sstyle="|:style=|v-bind:style/, "inline styles are refused by the content security policy; use a class"],
  [/v-html|innerHTML|outerHTML|insertAdjacentHTML|document\.write/, "text only: HTML from data would be a hole"],
  [/\beval\(|new Function\(/, "no code from strings"],
  [/https?:\/\//, "nothing is loaded from another site"],
  [/\blocalStorage\b|\bsessionStorage\b/, "no personal data may stay behind on a shared machine"],
];
const MAX_LINES = 400;

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : [path];
  });
}

const problems = [];
for (const path of files("src")) {
  if (!/\.(vue|ts|css)$/.test(path) || path.endsWith("schema.d.ts")) continue;
  const lines = readFileSync(path, "utf-8").split("\n");
  if (lines.length > MAX_LINES) problems.push(`${path}: ${lines.length} lines, at most ${MAX_LINES}`);
  if (path.endsWith(".spec.ts")) continue;
  lines.forEach((line, index) => {
    for (const [pattern, why] of RULES) if (pattern.test(line)) problems.push(`${path}:${index + 1}: ${why}`);
  });
}

for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
