/** Order of the units in the ranking. */

import type { ParticipationFigures } from "@/api/types";
import { rateForDrawing } from "@/format";

export const ORDERS = [
  { key: "behind", title: "落后在前" },
  { key: "ahead", title: "领先在前" },
  { key: "gap", title: "缺口最大" },
  { key: "code", title: "按编码" },
] as const;

export type Order = (typeof ORDERS)[number]["key"];

function byCode(a: ParticipationFigures, b: ParticipationFigures): number {
  return a.division_code < b.division_code ? -1 : a.division_code > b.division_code ? 1 : 0;
}

/** Compare by the counts and not by the rounded rate: 74.96 % is shown as 75.0 % and is still behind. */
function byRate(a: ParticipationFigures, b: ParticipationFigures): number {
  return a.insured * b.eligible - b.insured * a.eligible;
}

/**
 * A new, ordered list. Units without anyone eligible come last in every order but the one by code, because they have
 * no rate; ties are broken by code, so that the order is the same on every visit.
 */
export function rank(units: readonly ParticipationFigures[], order: Order): ParticipationFigures[] {
  const compare: Record<Order, (a: ParticipationFigures, b: ParticipationFigures) => number> = {
    behind: byRate,
    ahead: (a, b) => byRate(b, a),
    gap: (a, b) => b.gap - a.gap,
    code: byCode,
  };
  return [...units].sort((a, b) => {
    if (order !== "code" && (a.eligible === 0) !== (b.eligible === 0)) return a.eligible === 0 ? 1 : -1;
    return compare[order](a, b) || byCode(a, b);
  });
}

/** Width of a bar in percent, for drawing only. */
export function barWidth(unit: ParticipationFigures): number {
  return rateForDrawing(unit.rate) ?? 0;
}
