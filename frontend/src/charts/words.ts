/** What the figures mean, in plain words. Only counts that the API gave are compared; no rule is decided here. */

import type { ParticipationFigures } from "@/api/types";
import { count, day, daysBetween, rate } from "@/format";

export interface Headline {
  before: string;
  figure: string;
  after: string;
}

/** The first sentence of the page: how many people are still missing, or that none are. */
export function headline(row: ParticipationFigures): Headline {
  const goal = rate(row.target_rate, true);
  if (row.eligible === 0) return { before: "本单位还没有应参保人员", figure: "", after: "" };
  if (!row.reached) return { before: "还差", figure: count(row.gap), after: `人参保缴费，才能达到 ${goal} 的目标` };
  const beyond = row.insured - row.needed;
  if (beyond <= 0) return { before: `已达到 ${goal} 的目标`, figure: "", after: "" };
  return { before: `已达到 ${goal} 的目标，超出`, figure: count(beyond), after: "人" };
}

/** Time left to the deadline, and the pace that it asks for. */
export function pace(row: ParticipationFigures): string {
  const left = daysBetween(row.as_of, row.target_deadline);
  const end = day(row.target_deadline);
  if (left < 0) return `截止日 ${end} 已过 ${count(-left)} 天。`;
  if (left === 0) return `${end} 就是截止日。`;
  const until = `离截止日 ${end} 还有 ${count(left)} 天`;
  if (row.reached || row.gap <= 0) return `${until}。`;
  return `${until}，平均每天要新增 ${count(Math.ceil(row.gap / left))} 人。`;
}

/** People who have signed up but do not count as insured yet: the shortest way to a better rate. */
export function waiting(row: ParticipationFigures): number {
  return Math.max(0, row.registered - row.insured);
}

/** The short word beside a bar. */
export function standing(row: ParticipationFigures): string {
  if (row.eligible === 0) return "无应参保人员";
  return row.reached ? "已达标" : `差 ${count(row.gap)} 人`;
}
