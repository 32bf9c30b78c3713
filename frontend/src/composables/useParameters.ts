/** Parameters: what holds, what has changed, and what a change would do. */

import { api, unwrap } from "@/api/client";
import type { ParameterImpact, PolicyParameter } from "@/api/types";
import { ifMatch, newKey, unsafe, useSend } from "./useSend";
import { useAsync } from "./useAsync";

interface Wanted {
  code?: string;
  on?: string;
  division?: string;
  state?: PolicyParameter["state"];
}

/** What is proposed or tried out. */
export interface ParameterDraft {
  code: string;
  division_code: string;
  value: unknown;
  valid_from: string;
  valid_to: string | null;
  paid_from: string | null;
  document: string;
  article: string;
  reason: string;
}

/** Every value that answers, however many pages it takes. */
export async function listParameters(wanted: Wanted, signal: AbortSignal): Promise<PolicyParameter[]> {
  const found: PolicyParameter[] = [];
  let after: string | null = null;
  do {
    const query = { ...wanted, limit: 200, ...(after === null ? {} : { after }) };
    const page: { items: PolicyParameter[]; next: string | null } = await unwrap(
      api.GET("/api/v1/policy-parameters", { params: { query }, signal }),
    );
    found.push(...page.items);
    after = page.next;
  } while (after !== null);
  return found;
}

export function useImpact() {
  const impact = useAsync<ParameterImpact>();

  function tryOut(draft: ParameterDraft): Promise<void> {
    const said = { document: draft.document || null, article: draft.article || null, reason: draft.reason || null };
    return impact.run((signal) =>
      unwrap(
        api.POST("/api/v1/policy-parameters/impact", { body: { ...draft, ...said }, headers: unsafe(), signal }),
      ),
    );
  }

  function tryProposed(id: string): Promise<void> {
    return impact.run((signal) =>
      unwrap(api.GET("/api/v1/policy-parameters/{change_id}/impact", { params: { path: { change_id: id } }, signal })),
    );
  }

  return { impact, tryOut, tryProposed };
}

export function usePropose() {
  const { pending, problem, send } = useSend();
  let key = newKey();

  /** The change as it stands now, or null with the problem kept. */
  async function propose(draft: ParameterDraft): Promise<PolicyParameter | null> {
    let made: PolicyParameter | null = null;
    await send(async () => {
      made = await unwrap(
        api.POST("/api/v1/policy-parameters", {
          params: { header: { "idempotency-key": key } },
          body: draft,
          headers: unsafe(),
        }),
      );
    });
    // What is mended and sent again is another proposal.
    key = newKey();
    return made;
  }

  return { pending, problem, propose };
}

export function useParameterChange() {
  const change = useAsync<PolicyParameter>();
  const { pending, problem, send } = useSend();
  let key = newKey();

  function load(id: string): Promise<void> {
    return change.run((signal) =>
      unwrap(api.GET("/api/v1/policy-parameters/{change_id}", { params: { path: { change_id: id } }, signal })),
    );
  }

  function headers(now: PolicyParameter) {
    return { ...ifMatch(now.version ?? 0) };
  }

  async function decide(decision: "approve" | "reject", opinion: string | null): Promise<boolean> {
    const now = change.data.value;
    if (now === null || now.id === null) return false;
    const id = now.id;
    const done = await send(async () => {
      change.data.value = await unwrap(
        api.POST("/api/v1/policy-parameters/{change_id}/decisions", {
          params: { path: { change_id: id }, header: { ...headers(now), "idempotency-key": key } },
          body: { decision, opinion },
          headers: unsafe(),
        }),
      );
    });
    key = newKey();
    return done;
  }

  async function withdraw(): Promise<boolean> {
    const now = change.data.value;
    if (now === null || now.id === null) return false;
    const id = now.id;
    return send(async () => {
      change.data.value = await unwrap(
        api.POST("/api/v1/policy-parameters/{change_id}/withdrawals", {
          params: { path: { change_id: id }, header: headers(now) },
          headers: unsafe(),
        }),
      );
    });
  }

  return { change, load, decide, withdraw, pending, problem };
}
