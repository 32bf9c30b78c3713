/** One case, of whatever kind: what is asked, who said what, and saying something oneself. */

import { api, unwrap } from "@/api/client";
import type { ChangeRequest, Enrolment, Step } from "@/api/types";
import { useAsync } from "./useAsync";
import { ifMatch, unsafe } from "./useSend";

export type CaseKind = "enrolment" | "change_request";
export type AnyCase = { kind: "enrolment"; case: Enrolment } | { kind: "change_request"; case: ChangeRequest };

export interface Ruling {
  step: NonNullable<Step>;
  decision: "approve" | "return" | "reject";
  opinion: string | null;
  stamped: boolean;
}

export function useCase() {
  const found = useAsync<AnyCase>();

  const load = (kind: CaseKind, id: string): Promise<void> =>
    found.run(async (signal): Promise<AnyCase> =>
      kind === "enrolment"
        ? {
            kind,
            case: await unwrap(
              api.GET("/api/v1/enrolments/{enrolment_id}", { params: { path: { enrolment_id: id } }, signal }),
            ),
          }
        : {
            kind,
            case: await unwrap(
              api.GET("/api/v1/change-requests/{request_id}", { params: { path: { request_id: id } }, signal }),
            ),
          },
    );

  async function decide(one: AnyCase, body: Ruling): Promise<void> {
    const header = ifMatch(one.case.version);
    const id = one.case.id;
    if (one.kind === "enrolment") {
      const params = { path: { enrolment_id: id }, header };
      await unwrap(api.POST("/api/v1/enrolments/{enrolment_id}/decisions", { params, body, headers: unsafe() }));
    } else {
      const params = { path: { request_id: id }, header };
      await unwrap(api.POST("/api/v1/change-requests/{request_id}/decisions", { params, body, headers: unsafe() }));
    }
  }

  async function withdraw(one: AnyCase): Promise<void> {
    const header = ifMatch(one.case.version);
    const id = one.case.id;
    if (one.kind === "enrolment") {
      const params = { path: { enrolment_id: id }, header };
      await unwrap(api.POST("/api/v1/enrolments/{enrolment_id}/withdrawals", { params, headers: unsafe() }));
    } else {
      const params = { path: { request_id: id }, header };
      await unwrap(api.POST("/api/v1/change-requests/{request_id}/withdrawals", { params, headers: unsafe() }));
    }
  }

  return { found, load, decide, withdraw };
}
