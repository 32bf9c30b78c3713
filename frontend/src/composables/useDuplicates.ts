/** Pairs that may be one person: the list, one pair side by side, and what people decide about it. */

import { api, unwrap } from "@/api/client";
import type { Duplicate, DuplicateDetail, DuplicateState } from "@/api/types";
import { session } from "@/session";
import { useAsync } from "./useAsync";
import { usePages } from "./usePages";

const PAGE_SIZE = 20;

export type Keep = "first" | "second";
export type Taken = DuplicateDetail["take"];

/** What changes something carries the session's token, and the version that the person has before their eyes. */
function asking(pair: DuplicateDetail) {
  return {
    params: { path: { duplicate_id: pair.id }, header: { "if-match": `"${pair.version}"` } },
    headers: { "X-CSRF-Token": session.csrfToken ?? "" },
  };
}

export function useDuplicates() {
  const pages = usePages<Duplicate>();
  const detail = useAsync<DuplicateDetail>();
  const act = useAsync<DuplicateDetail>();

  const list = (state: DuplicateState | null): Promise<void> =>
    pages.restart(async (after, signal) => {
      const found = await unwrap(
        api.GET("/api/v1/duplicates", {
          params: {
            query: { limit: PAGE_SIZE, ...(state === null ? {} : { state }), ...(after === null ? {} : { after }) },
          },
          signal,
        }),
      );
      return { items: found.items, next: found.next ?? null };
    });

  const load = (id: string): Promise<void> =>
    detail.run((signal) =>
      unwrap(api.GET("/api/v1/duplicates/{duplicate_id}", { params: { path: { duplicate_id: id } }, signal })),
    );

  /** Do something about the pair; the answer is the pair as it is then. */
  async function does(call: () => Promise<DuplicateDetail>): Promise<boolean> {
    await act.run(call);
    if (act.problem.value !== null || act.data.value === null) return false;
    detail.data.value = act.data.value;
    return true;
  }

  const propose = (pair: DuplicateDetail, keep: Keep, take: Taken, opinion: string): Promise<boolean> =>
    does(() =>
      unwrap(
        api.POST("/api/v1/duplicates/{duplicate_id}/proposals", { ...asking(pair), body: { keep, take, opinion } }),
      ),
    );

  const decide = (
    pair: DuplicateDetail,
    decision: "merge" | "not_duplicate" | "return",
    opinion: string,
  ): Promise<boolean> =>
    does(() =>
      unwrap(
        api.POST("/api/v1/duplicates/{duplicate_id}/decisions", {
          ...asking(pair),
          body: {
            decision,
            ...(decision === "merge" ? { keep: pair.keep_id === pair.first.resident.id ? "first" : "second" } : {}),
            ...(opinion === "" ? {} : { opinion }),
          },
        }),
      ),
    );

  const undo = (pair: DuplicateDetail, opinion: string): Promise<boolean> =>
    does(() => unwrap(api.POST("/api/v1/duplicates/{duplicate_id}/undo", { ...asking(pair), body: { opinion } })));

  return { pages, detail, act, list, load, propose, decide, undo };
}
