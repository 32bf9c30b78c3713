/** Stand-ins for the API in tests: a fetch that answers by method and path, and figures to answer with. */

import { vi } from "vitest";

import type { Fact, ParticipationFigures, RegisterEntry, RegisterTotals, Resident, Session } from "./api/types";

export type Reply = { status: number; body?: unknown; type?: string; headers?: Record<string, string> };
export type Routes = Record<string, (url: URL, request: Request) => Reply>;

/** Put a fetch in place; a request that no route expects is answered with 500, so that a test notices it. */
export function stubApi(routes: Routes): string[] {
  const seen: string[] = [];
  vi.stubGlobal("fetch", (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const key = `${request.method} ${url.pathname}`;
    seen.push(`${key}${url.search}`);
    const { status, body, type, headers } = routes[key]?.(url, request) ?? { status: 500, body: { title: key } };
    const text = typeof body === "string" ? body : body === undefined ? null : JSON.stringify(body);
    return Promise.resolve(
      new Response(text, { status, headers: { "Content-Type": type ?? "application/json", ...headers } }),
    );
  });
  return seen;
}

export function problem(status: number, title: string, more: Record<string, unknown> = {}): Reply {
  return {
    status,
    type: "application/problem+json",
    body: { type: "about:blank", title, status, detail: null, code: "x", request_id: "req-1", errors: [], ...more },
  };
}

export const SESSION: Session = {
  csrf_token: "csrf-1",
  actor: {
    user_id: "1",
    username: "town",
    display_name: "张晓敏",
    role: "town_clerk",
    division_code: "440783001000",
    division_name: "三埠街道",
    permissions: ["reports:read", "residents:read"],
  },
} as Session;

export function figures(over: Partial<ParticipationFigures> = {}): ParticipationFigures {
  return {
    division_code: "440783001201",
    division_name: "东兴村",
    level: "village",
    as_of: "2010-12-01",
    target_rate: "75.0",
    target_deadline: "2010-12-31",
    eligible: 1000,
    insured: 600,
    rate: "60.0",
    target: "75.0",
    needed: 750,
    gap: 150,
    entitled: 110,
    payment_rate: "90.9",
    registered: 640,
    registration_rate: "64.0",
    recipients: 100,
    working_age_eligible: 800,
    working_age_insured: 500,
    working_age_rate: "62.5",
    reached: false,
    ...over,
  } as ParticipationFigures;
}

export function resident(over: Partial<Resident> = {}): Resident {
  return {
    id: "4407830000000001",
    name: "陈秀英",
    sex: "female",
    birth_date: "1948-03-02",
    age: 62,
    id_number_masked: "440783********0021",
    division_code: "440783001201",
    division_name: "东兴村",
    village_group: "第3村民小组",
    status: "alive",
    enrolment_state: "county_approved",
    benefit_state: "active",
    ...over,
  } as Resident;
}

export function registerTotals(over: Partial<RegisterTotals> = {}): RegisterTotals {
  return {
    division_code: "440783001201",
    division_name: "东兴村",
    as_of: "2011-03-31",
    known_at: null,
    belonging: 100,
    eligible: 90,
    insured: 60,
    registered_unpaid: 5,
    not_enrolled: 25,
    unexplained: 20,
    excluded: 10,
    reasons: [
      { status: "not_enrolled", reason: null, count: 20 },
      { status: "not_enrolled", reason: "unreachable", count: 5 },
      { status: "excluded", reason: "student", count: 10 },
    ],
    children: [],
    ...over,
  };
}

export function registerEntry(over: Partial<RegisterEntry> = {}): RegisterEntry {
  return {
    resident_id: "4407830000000001",
    name: "陈秀英",
    sex: "female",
    birth_date: "1968-03-02",
    age: 43,
    id_number_masked: "440783********0021",
    division_code: "440783001201",
    division_name: "东兴村",
    village_group: "3",
    household_id: null,
    household_number: "12",
    status: "not_enrolled",
    reason: null,
    reason_since: null,
    reason_evidence: null,
    fact_id: null,
    fact_version: null,
    ...over,
  };
}

export function fact(over: Partial<Fact> = {}): Fact {
  return {
    id: "4407830000000900",
    resident_id: "4407830000000001",
    division_code: "440783001201",
    kind: "student",
    value: null,
    effect: "excludes",
    begins_on: "2010-09-01",
    ended_on: null,
    review_on: null,
    evidence: "学生证 2010-113",
    end_evidence: null,
    source_kind: "user",
    recorded_at: "2010-10-01T00:00:00Z",
    recorded_by_id: "1",
    voided_at: null,
    void_reason: null,
    version: 1,
    ...over,
  };
}

/** A document of a person, as the list of their documents shows it. */
export function held(over: Record<string, unknown>) {
  return {
    id: null,
    kind: "resident_id",
    number_masked: "440783********0021",
    is_current: false,
    valid_from: null,
    valid_to: null,
    reason: "first_registration",
    evidence: null,
    merged_from_id: null,
    is_barred: false,
    ...over,
  };
}
