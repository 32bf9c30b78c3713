/** The participation register of a unit at a date: totals, names, and the reason that is recorded at a door. */

import { api, unwrap } from "@/api/client";
import type { Division, FactKind, RegisterEntry, RegisterTotals } from "@/api/types";
import { session } from "@/session";
import { useAsync } from "./useAsync";
import { usePages } from "./usePages";

const PAGE_SIZE = 50;
const MOST_DIVISIONS = 200;

export interface Asked {
  /** Empty: one's own unit. */
  division: string;
  /** Empty: today. */
  asOf: string;
  status: string;
  reason: string;
}

type Status = RegisterEntry["status"];
type Reason = Exclude<RegisterEntry["reason"], null> | "unexplained";

function where(asked: Asked): { division?: string; as_of?: string } {
  return {
    ...(asked.division === "" ? {} : { division: asked.division }),
    ...(asked.asOf === "" ? {} : { as_of: asked.asOf }),
  };
}

/** Address of the names as a workbook: a link for the person, never a body for this code. */
export function workbook(asked: Asked): string {
  const query = new URLSearchParams({
    ...where(asked),
    ...(asked.status === "" ? {} : { status: asked.status }),
    ...(asked.reason === "" ? {} : { reason: asked.reason }),
  }).toString();
  return `/api/v1/participation-register/workbook${query === "" ? "" : `?${query}`}`;
}

/** A key of one's own for one request; not `randomUUID`, which pages without TLS do not have. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function useRegister() {
  const totals = useAsync<RegisterTotals>();
  const pages = usePages<RegisterEntry>();
  const divisions = useAsync<Division[]>();
  const saving = useAsync<true>();

  const loadTotals = (asked: Asked): Promise<void> =>
    totals.run((signal) =>
      unwrap(api.GET("/api/v1/participation-register/totals", { params: { query: where(asked) }, signal })),
    );

  const loadNames = (asked: Asked): Promise<void> =>
    pages.restart(async (after, signal) => {
      const found = await unwrap(
        api.GET("/api/v1/participation-register", {
          params: {
            query: {
              limit: PAGE_SIZE,
              ...where(asked),
              // What is not one of the words is refused by the API, in words for the person.
              ...(asked.status === "" ? {} : { status: asked.status as Status }),
              ...(asked.reason === "" ? {} : { reason: asked.reason as Reason & undefined }),
              ...(after === null ? {} : { after }),
            },
          },
          signal,
        }),
      );
      return { items: found.items, next: found.next ?? null };
    });

  const loadDivisions = (parent: string): Promise<void> =>
    divisions.run(async (signal) => {
      const found = await unwrap(
        api.GET("/api/v1/divisions", { params: { query: { parent, limit: MOST_DIVISIONS } }, signal }),
      );
      return found.items.filter((unit) => unit.in_scope);
    });

  /** True when it was recorded; the problem otherwise stands in `saving`. */
  async function record(residentId: string, kind: FactKind, beginsOn: string | null, evidence: string): Promise<boolean> {
    await saving.run(async (signal) => {
      await unwrap(
        api.POST("/api/v1/residents/{resident_id}/facts", {
          params: { path: { resident_id: residentId } },
          headers: { "X-CSRF-Token": session.csrfToken ?? "", "Idempotency-Key": newKey() },
          body: { kind, begins_on: beginsOn, evidence },
          signal,
        }),
      );
      return true;
    });
    return saving.problem.value === null;
  }

  return { totals, pages, divisions, saving, loadTotals, loadNames, loadDivisions, record };
}
