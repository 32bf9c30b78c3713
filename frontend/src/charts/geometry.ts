/** Where things stand in the pictures: plain functions from figures to coordinates, so that they can be tested. */

export interface Point {
  x: number;
  y: number;
}

/** The point of a half-circle gauge at a rate of 0..100: 0 is at the left end, 100 at the right end. */
export function gaugePoint(rate: number, radius: number, centre: Point): Point {
  const angle = Math.PI * (1 - Math.min(100, Math.max(0, rate)) / 100);
  return { x: round(centre.x + radius * Math.cos(angle)), y: round(centre.y - radius * Math.sin(angle)) };
}

/** SVG path of the gauge from one rate to another; empty when there is nothing to draw. */
export function gaugeArc(from: number, to: number, radius: number, centre: Point): string {
  if (to <= from) return "";
  const start = gaugePoint(from, radius, centre);
  const end = gaugePoint(to, radius, centre);
  // A half circle is at most 180 degrees, so the short way round is always the right one.
  return `M ${start.x} ${start.y} A ${radius} ${radius} 0 0 1 ${end.x} ${end.y}`;
}

/** Share in percent for drawing, or null when there is nobody to count. */
export function share(part: number, whole: number): number | null {
  return whole > 0 ? Math.min(100, Math.max(0, (part * 100) / whole)) : null;
}

export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Scale {
  x: (date: string) => number;
  y: (rate: number) => number;
  first: string;
  last: string;
}

/** Scales of the trend: time from the first report to the last report or the deadline, whichever is later; 0..100 %. */
export function trendScale(dates: readonly string[], deadline: string, frame: Frame): Scale | null {
  const ordered = [...dates, deadline].sort();
  const first = ordered[0];
  const last = ordered[ordered.length - 1];
  if (dates.length === 0 || first === undefined || last === undefined) return null;
  const start = Date.parse(first);
  const span = Date.parse(last) - start;
  return {
    first,
    last,
    x: (date) =>
      round(frame.left + (span === 0 ? 0.5 : (Date.parse(date) - start) / span) * (frame.right - frame.left)),
    y: (rate) => round(frame.bottom - (rate / 100) * (frame.bottom - frame.top)),
  };
}

/** SVG polyline path; a gap in the figures breaks the line instead of being drawn as zero. */
export function linePath(points: readonly (Point | null)[]): string {
  let pen = "M";
  const parts: string[] = [];
  for (const point of points) {
    if (point === null) {
      pen = "M";
      continue;
    }
    parts.push(`${pen} ${point.x} ${point.y}`);
    pen = "L";
  }
  return parts.join(" ");
}

/** Dates for the axis: the first and the last always, and those between that leave `gap` pixels to their neighbours. */
export function axisDates(dates: readonly string[], x: (date: string) => number, gap: number): string[] {
  const unique = [...new Set(dates)].sort();
  const last = unique[unique.length - 1];
  if (last === undefined) return [];
  const kept: string[] = [];
  for (const date of unique) {
    const before = kept[kept.length - 1];
    const clear = before === undefined || (x(date) - x(before) >= gap && x(last) - x(date) >= gap);
    if (clear && date !== last) kept.push(date);
  }
  return [...kept, last];
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
