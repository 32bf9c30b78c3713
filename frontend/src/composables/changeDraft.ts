/** A change request while it is being filled in, and the body that it becomes. What each kind needs is the server's to judge. */

import type { paths } from "@/api/schema";

type Body = paths["/api/v1/residents/{resident_id}/change-requests"]["post"]["requestBody"]["content"]["application/json"];

export interface MemberDraft {
  id: string;
  name: string;
  before: string;
  relation: string;
  leaves: boolean;
}

export interface ChangeDraft {
  kind: Body["kind"];
  effective_on: string;
  proof: Body["proof"];
  proof_number: string;
  remark: string;
  value: string;
  tier: string;
  rhythm: NonNullable<Body["rhythm"]> | "";
  fact: NonNullable<Body["fact"]> | "";
  holds: boolean;
  household_number: string;
  members: MemberDraft[];
}

export type Shape = "text" | "tier" | "rhythm" | "fact" | "house";

export function emptyChange(): ChangeDraft {
  return {
    kind: "bank_account",
    effective_on: "",
    proof: "household_book",
    proof_number: "",
    remark: "",
    value: "",
    tier: "",
    rhythm: "",
    fact: "",
    holds: true,
    household_number: "",
    members: [],
  };
}

/** Which fields a kind of change asks for. */
export function shapeOf(kind: ChangeDraft["kind"]): Shape {
  if (kind === "tier" || kind === "rhythm") return kind;
  if (kind === "category" || kind === "exclusion") return "fact";
  return kind.startsWith("household_") ? "house" : "text";
}

/** The body of the request: only what belongs to the kind, since the server refuses the rest. */
export function changeBody(draft: ChangeDraft): Body {
  const shape = shapeOf(draft.kind);
  const body: Body = {
    kind: draft.kind,
    effective_on: draft.effective_on,
    proof: draft.proof,
    ...(draft.proof_number.trim() === "" ? {} : { proof_number: draft.proof_number.trim() }),
    ...(draft.remark.trim() === "" ? {} : { remark: draft.remark.trim() }),
  };
  if (shape === "text") body.value = draft.value.trim();
  if (shape === "tier") body.tier = draft.tier;
  if (shape === "rhythm" && draft.rhythm !== "") body.rhythm = draft.rhythm;
  if (shape === "fact") {
    if (draft.fact !== "") body.fact = draft.fact;
    body.holds = draft.holds;
    if (draft.fact === "disability" && draft.holds) body.value = draft.value;
  }
  if (shape === "house") {
    if (draft.kind !== "household_head") body.household_number = draft.household_number.trim();
    body.leaving = Object.fromEntries(draft.members.filter((one) => one.leaves).map((one) => [one.id, one.relation]));
    body.staying = Object.fromEntries(
      draft.members.filter((one) => !one.leaves && one.relation !== one.before).map((one) => [one.id, one.relation]),
    );
  }
  return body;
}
