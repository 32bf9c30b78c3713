/** Search of residents, and the units that a search can be narrowed to. */

import { api, unwrap } from "@/api/client";
import type { paths } from "@/api/schema";
import type { Division, Resident } from "@/api/types";
import { useAsync } from "./useAsync";
import { usePages } from "./usePages";

const PAGE_SIZE = 30;
/** As many as the API gives at once: a choice among more than these would be no help to anybody. */
const MOST_DIVISIONS = 200;

/** What a search may ask, by its name in the address of the page and of the API. */
export const QUESTIONS = [
  "q",
  "division",
  "group",
  "household",
  "category",
  "status",
  "enrolment",
  "benefit",
  "age_from",
  "age_to",
] as const;
export type Question = (typeof QUESTIONS)[number];
/** Only what is asked; an empty text asks nothing. */
export type Asked = Partial<Record<Question, string>>;

/** A page of the API may be short and go on: one request looks at so many people. So many are put together here. */
const MOST_REQUESTS = 12;

type ListQuery = NonNullable<paths["/api/v1/residents"]["get"]["parameters"]["query"]>;

export function useResidents() {
  const pages = usePages<Resident>();
  const divisions = useAsync<Division[]>();

  async function search(asked: Asked): Promise<void> {
    await pages.restart(async (after, signal) => {
      const items: Resident[] = [];
      let next = after;
      for (let request = 0; request < MOST_REQUESTS; request += 1) {
        // Ages are texts in an address, and the API reads them as such.
        const query = { limit: PAGE_SIZE, ...asked, ...(next === null ? {} : { after: next }) } as unknown as ListQuery;
        const found = await unwrap(api.GET("/api/v1/residents", { params: { query }, signal }));
        items.push(...found.items);
        next = found.next ?? null;
        if (next === null || items.length >= PAGE_SIZE || signal.aborted) break;
      }
      return { items, next };
    });
  }

  async function loadDivisions(parent: string): Promise<void> {
    await divisions.run(async (signal) => {
      const found = await unwrap(
        api.GET("/api/v1/divisions", { params: { query: { parent, limit: MOST_DIVISIONS } }, signal }),
      );
      return found.items.filter((unit) => unit.in_scope);
    });
  }

  return { pages, divisions, search, loadDivisions };
}
