/** Money, rates, dates and counts for people. Money is a string in and a string out and never becomes a number. */

const MONEY = /^(-?)(\d+)(\.\d{1,2})?$/;

function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `"12345.60"` -> `"¥12,345.60"`; anything that is not money comes back as it is. */
export function money(value: string | null | undefined): string {
  if (value == null) return "—";
  const match = MONEY.exec(value);
  if (!match) return value;
  const [, sign = "", whole = "0", cents = ""] = match;
  return `${sign}¥${group(whole)}${cents.padEnd(3, cents === "" ? ".00" : "0").slice(0, 3)}`;
}

/** `4321` -> `"4,321"`, the same on every browser. */
export function count(value: number): string {
  const sign = value < 0 ? "-" : "";
  return sign + group(String(Math.abs(Math.trunc(value))));
}

/** `"74.1"` -> `"74.1%"`, `"75.0"` -> `"75%"` when `short`; no rate is a dash. */
export function rate(value: string | null | undefined, short = false): string {
  if (value == null) return "—";
  return `${short ? value.replace(/\.0+$/, "") : value}%`;
}

/** A rate for drawing only: 0..100, or null when there is nothing to draw. */
export function rateForDrawing(value: string | null | undefined): number | null {
  if (value == null || value.trim() === "") return null;
  const parsed = Number(value);
  return Number.isFinite(parsed) ? Math.min(100, Math.max(0, parsed)) : null;
}

const ISO_DAY = /^(\d{4})-(\d{2})-(\d{2})/;

/** `"2010-12-31"` -> `"2010年12月31日"`; a point in time is first moved to the local day. */
export function day(value: string | null | undefined): string {
  if (value == null) return "—";
  const match = ISO_DAY.exec(localDay(value));
  return match ? `${match[1]}年${Number(match[2])}月${Number(match[3])}日` : value;
}

/** `"2010-12-31"` -> `"12月31日"`. */
export function monthDay(value: string): string {
  const match = ISO_DAY.exec(localDay(value));
  return match ? `${Number(match[2])}月${Number(match[3])}日` : value;
}

export function year(value: string): string {
  return localDay(value).slice(0, 4);
}

/** `"2011-03-02T01:30:00Z"` -> `"09:30"` in China; a bare date has no time. */
export function timeOfDay(value: string): string | null {
  if (!value.includes("T")) return null;
  const local = inChina(value);
  return local === null ? null : local.slice(11, 16);
}

function localDay(value: string): string {
  if (!value.includes("T")) return value;
  return inChina(value)?.slice(0, 10) ?? value.slice(0, 10);
}

// China keeps one time zone and, since 1992, no summer time; a fixed shift is right and needs no zone data on old machines.
const CHINA_MS = 8 * 60 * 60 * 1000;

function inChina(value: string): string | null {
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : new Date(at + CHINA_MS).toISOString();
}

/** Whole days from one date to another; negative when the second is earlier. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** `"4"` -> `"4组"`: rosters often write a villagers' group as a bare number; what is already a name stays. */
export function villageGroup(value: string | null | undefined): string {
  if (!value) return "";
  return /^\d+$/.test(value) ? `${value}组` : value;
}

/** The first character of a name, whole also where it takes two code units: `"𠮷田"` -> `"𠮷"`. */
export function firstCharacter(name: string): string {
  return Array.from(name)[0] ?? "";
}
