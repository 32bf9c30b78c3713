/** Search of residents, and the units that a search can be narrowed to. */

import { api, unwrap } from "@/api/client";
import type { Division, Resident } from "@/api/types";
import { useAsync } from "./useAsync";
import { usePages } from "./usePages";

const PAGE_SIZE = 30;
/** As many as the API gives at once: a choice among more than these would be no help to anybody. */
const MOST_DIVISIONS = 200;

export function useResidents() {
  const pages = usePages<Resident>();
  const divisions = useAsync<Division[]>();

  async function search(text: string, division: string): Promise<void> {
    await pages.restart(async (after, signal) => {
      const found = await unwrap(
        api.GET("/api/v1/residents", {
          params: {
            query: {
              limit: PAGE_SIZE,
              ...(text === "" ? {} : { q: text }),
              ...(division === "" ? {} : { division }),
              ...(after === null ? {} : { after }),
            },
          },
          signal,
        }),
      );
      return { items: found.items, next: found.next ?? null };
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
