/** One resident: who they are, what their account holds, what has happened. */

import { api, unwrap } from "@/api/client";
import { asProblem } from "@/api/problem";
import type { Account, Fact, ResidentDetail, ResidentDocument, TimelineEvent } from "@/api/types";
import { useAsync } from "./useAsync";
import { usePages } from "./usePages";

const PAGE_SIZE = 20;

export function useResident() {
  const person = useAsync<ResidentDetail>();
  const account = useAsync<Account | null>();
  const documents = useAsync<ResidentDocument[]>();
  const timeline = usePages<TimelineEvent>();
  const facts = useAsync<Fact[]>();

  const loadPerson = (id: string): Promise<void> =>
    person.run((signal) => unwrap(api.GET("/api/v1/residents/{resident_id}", { params: { path: { resident_id: id } }, signal })));

  /** No account yet is an ordinary state of a person who has not enrolled, so 404 gives null. */
  const loadAccount = (id: string): Promise<void> =>
    account.run(async (signal) => {
      try {
        return await unwrap(
          api.GET("/api/v1/accounts/{resident_id}", { params: { path: { resident_id: id } }, signal }),
        );
      } catch (error) {
        if (asProblem(error).status === 404) return null;
        throw error;
      }
    });

  const loadFacts = (id: string): Promise<void> =>
    facts.run(
      async (signal) =>
        (
          await unwrap(
            api.GET("/api/v1/residents/{resident_id}/facts", { params: { path: { resident_id: id } }, signal }),
          )
        ).items,
    );

  const loadDocuments = (id: string): Promise<void> =>
    documents.run(
      async (signal) =>
        (
          await unwrap(
            api.GET("/api/v1/residents/{resident_id}/documents", { params: { path: { resident_id: id } }, signal }),
          )
        ).items,
    );

  const loadTimeline = (id: string): Promise<void> =>
    timeline.restart(async (after, signal) => {
      const found = await unwrap(
        api.GET("/api/v1/residents/{resident_id}/timeline", {
          params: { path: { resident_id: id }, query: { limit: PAGE_SIZE, ...(after === null ? {} : { after }) } },
          signal,
        }),
      );
      return { items: found.items, next: found.next ?? null };
    });

  return { person, account, documents, timeline, facts, loadPerson, loadAccount, loadDocuments, loadTimeline, loadFacts };
}
