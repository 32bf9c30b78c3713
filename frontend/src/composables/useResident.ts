/** One resident: who they are, what their account holds, what has happened. */

import { api, unwrap } from "@/api/client";
import { asProblem } from "@/api/problem";
import type {
  Account,
  Fact,
  FieldSource,
  ResidentDetail,
  ResidentDocument,
  ResidentVersion,
  TimelineEvent,
} from "@/api/types";
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

/** What the roster knew of a person earlier; asked only when somebody wants to see it. */
export function useHistory() {
  const versions = usePages<ResidentVersion>();
  const sources = useAsync<FieldSource[]>();
  const then = useAsync<{ day: string; person: ResidentDetail | null }>();

  const loadVersions = (id: string): Promise<void> =>
    versions.restart(async (after, signal) => {
      const found = await unwrap(
        api.GET("/api/v1/residents/{resident_id}/versions", {
          params: { path: { resident_id: id }, query: { limit: PAGE_SIZE, ...(after === null ? {} : { after }) } },
          signal,
        }),
      );
      return { items: found.items, next: found.next ?? null };
    });

  const loadSources = (id: string): Promise<void> =>
    sources.run(async (signal) => {
      const path = { resident_id: id };
      return (await unwrap(api.GET("/api/v1/residents/{resident_id}/sources", { params: { path }, signal }))).items;
    });

  /** Before a person was registered the answer is 404, which is an answer and no fault. */
  const loadThen = (id: string, day: string): Promise<void> =>
    then.run(async (signal) => {
      try {
        const params = { path: { resident_id: id }, query: { as_of: day } };
        return { day, person: await unwrap(api.GET("/api/v1/residents/{resident_id}", { params, signal })) };
      } catch (error) {
        if (asProblem(error).status === 404) return { day, person: null };
        throw error;
      }
    });

  return { versions, sources, then, loadVersions, loadSources, loadThen };
}
