/** Houses of a unit with their arrears, and one house as its door card. */

import { api, unwrap } from "@/api/client";
import type { Household, HouseholdDetail } from "@/api/types";
import { useAsync } from "./useAsync";
import { usePages } from "./usePages";

const PAGE_SIZE = 30;

export interface HouseSearch {
  number: string;
  division: string;
  arrears: boolean;
}

export function useHouseholds() {
  const houses = usePages<Household>();
  const house = useAsync<HouseholdDetail>();

  const search = (wanted: HouseSearch): Promise<void> =>
    houses.restart(async (after, signal) => {
      const found = await unwrap(
        api.GET("/api/v1/households", {
          params: {
            query: {
              limit: PAGE_SIZE,
              ...(wanted.number === "" ? {} : { number: wanted.number }),
              ...(wanted.division === "" ? {} : { division: wanted.division }),
              ...(wanted.arrears ? { arrears: true } : {}),
              ...(after === null ? {} : { after }),
            },
          },
          signal,
        }),
      );
      return { items: found.items, next: found.next ?? null };
    });

  const load = (id: string): Promise<void> =>
    house.run((signal) =>
      unwrap(api.GET("/api/v1/households/{household_id}", { params: { path: { household_id: id } }, signal })),
    );

  return { houses, house, search, load };
}
