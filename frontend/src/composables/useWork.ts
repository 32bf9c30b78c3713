/** 今日待办: the person's lists, how much is in them, and saying the same of many cases at once. */

import { api, unwrap } from "@/api/client";
import type { Step, WorkBox, WorkCount, WorkItem } from "@/api/types";
import { useAsync } from "./useAsync";
import { usePages } from "./usePages";
import { unsafe } from "./useSend";

const PAGE_SIZE = 50;

export interface Outcome {
  decided: number;
  refusals: { id: string; message: string }[];
}

export function useWork() {
  const counts = useAsync<WorkCount[]>();
  const pages = usePages<WorkItem>();

  const loadCounts = (): Promise<void> =>
    counts.run(async (signal) => (await unwrap(api.GET("/api/v1/work-items/counts", { signal }))).items);

  const loadItems = (box: WorkBox): Promise<void> =>
    pages.restart(async (after, signal) => {
      const query = { box, limit: PAGE_SIZE, ...(after === null ? {} : { after }) };
      const found = await unwrap(api.GET("/api/v1/work-items", { params: { query }, signal }));
      return { items: found.items, next: found.next ?? null };
    });

  /** Approve what was chosen, kind by kind and step by step; the server says of each what became of it. */
  async function approve(chosen: readonly WorkItem[]): Promise<Outcome> {
    const groups = new Map<string, { kind: WorkItem["kind"]; step: NonNullable<Step>; ids: string[] }>();
    for (const item of chosen) {
      if (item.step === null) continue;
      const key = `${item.kind} ${item.step}`;
      const group = groups.get(key) ?? { kind: item.kind, step: item.step, ids: [] };
      group.ids.push(item.id);
      groups.set(key, group);
    }
    const outcome: Outcome = { decided: 0, refusals: [] };
    for (const { kind, step, ids } of groups.values()) {
      const request = { body: { step, decision: "approve" as const, stamped: false, ids }, headers: unsafe() };
      const answer = await unwrap(
        kind === "enrolment"
          ? api.POST("/api/v1/enrolments/decisions", request)
          : api.POST("/api/v1/change-requests/decisions", request),
      );
      outcome.decided += answer.decided;
      for (const one of answer.items) {
        if (!one.decided) outcome.refusals.push({ id: one.id, message: one.message ?? "未办理" });
      }
    }
    return outcome;
  }

  return { counts, pages, loadCounts, loadItems, approve };
}
