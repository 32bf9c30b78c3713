/** Land projects: the list of them, one with its people and objections, and what each office does to it. */

import { computed } from "vue";

import { api, unwrap } from "@/api/client";
import type { LandObjection, LandPerson, LandProject, LandProjectDetail } from "@/api/types";
import { session } from "@/session";
import { useAsync } from "./useAsync";
import { usePages } from "./usePages";

const PAGE_SIZE = 50;

type Step = NonNullable<LandProject["next_step"]>;

export interface ProjectFacts {
  division_code: string;
  name: string;
  approval_number: string;
  land_approved_on: string;
  area: string;
  sum: string;
  meeting_on: string | null;
  resolution: string | null;
}

export function useLandProjects() {
  const projects = usePages<LandProject>();
  const project = useAsync<LandProjectDetail>();
  const persons = usePages<LandPerson>();
  const objections = usePages<LandObjection>();
  const work = useAsync<LandProject>();

  const csrf = () => ({ "X-CSRF-Token": session.csrfToken ?? "" });
  const key = computed(() => project.data.value?.id ?? "");
  const version = () => ({ "if-match": `"${project.data.value?.version ?? 0}"` });

  const list = (state: string): Promise<void> =>
    projects.restart(async (after, signal) => {
      const found = await unwrap(
        api.GET("/api/v1/land-projects", {
          params: {
            query: {
              limit: PAGE_SIZE,
              ...(state === "" ? {} : { state: state as LandProject["state"] }),
              ...(after === null ? {} : { after }),
            },
          },
          signal,
        }),
      );
      return { items: found.items, next: found.next ?? null };
    });

  const create = (facts: ProjectFacts, once: string): Promise<void> =>
    work.run((signal) =>
      unwrap(
        api.POST("/api/v1/land-projects", {
          params: { header: { "idempotency-key": once } },
          headers: csrf(),
          body: facts,
          signal,
        }),
      ),
    );

  async function load(id: string): Promise<void> {
    await Promise.all([
      project.run((signal) =>
        unwrap(api.GET("/api/v1/land-projects/{project_id}", { params: { path: { project_id: id } }, signal })),
      ),
      persons.restart(async (after, signal) => {
        const found = await unwrap(
          api.GET("/api/v1/land-projects/{project_id}/persons", {
            params: { path: { project_id: id }, query: { limit: PAGE_SIZE, ...(after === null ? {} : { after }) } },
            signal,
          }),
        );
        return { items: found.items, next: found.next ?? null };
      }),
      objections.restart(async (after, signal) => {
        const found = await unwrap(
          api.GET("/api/v1/land-projects/{project_id}/objections", {
            params: { path: { project_id: id }, query: { limit: PAGE_SIZE, ...(after === null ? {} : { after }) } },
            signal,
          }),
        );
        return { items: found.items, next: found.next ?? null };
      }),
    ]);
  }

  const decide = (step: Step, decision: "approve" | "return", opinion: string): Promise<void> =>
    work.run((signal) =>
      unwrap(
        api.POST("/api/v1/land-projects/{project_id}/decisions", {
          params: { path: { project_id: key.value }, header: version() },
          headers: csrf(),
          body: { step, decision, opinion: opinion === "" ? null : opinion },
          signal,
        }),
      ),
    );

  const put = (resident: string, sum: string): Promise<void> =>
    work.run((signal) =>
      unwrap(
        api.POST("/api/v1/land-projects/{project_id}/persons", {
          params: { path: { project_id: key.value }, header: version() },
          headers: csrf(),
          body: { resident_ids: [resident], sum: sum === "" ? null : sum },
          signal,
        }),
      ),
    );

  const strike = (resident: string): Promise<void> =>
    work.run((signal) =>
      unwrap(
        api.POST("/api/v1/land-projects/{project_id}/removals", {
          params: { path: { project_id: key.value }, header: version() },
          headers: csrf(),
          body: { resident_ids: [resident] },
          signal,
        }),
      ),
    );

  const object = (resident: string, objection: string): Promise<void> =>
    work.run((signal) =>
      unwrap(
        api.POST("/api/v1/land-projects/{project_id}/objections", {
          params: { path: { project_id: key.value }, header: version() },
          headers: csrf(),
          body: { resident_id: resident, objection },
          signal,
        }),
      ),
    );

  const rule = (objection: string, upheld: boolean, ruling: string): Promise<void> =>
    work.run((signal) =>
      unwrap(
        api.POST("/api/v1/land-projects/{project_id}/objections/{objection_id}/rulings", {
          params: { path: { project_id: key.value, objection_id: objection }, header: version() },
          headers: csrf(),
          body: { upheld, ruling },
          signal,
        }),
      ),
    );

  return { projects, project, persons, objections, work, list, create, load, decide, put, strike, object, rule };
}
