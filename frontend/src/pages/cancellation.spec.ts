import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory, type Router } from "vue-router";

import App from "@/App.vue";
import { makeRouter } from "@/router";
import { problem, resident, SESSION, stubApi, type Routes } from "@/testing";

let wrapper: VueWrapper | null = null;
const CASE = "4407830000000011";
const PERSON = "4407830000000001";

function signedIn(permissions: string[], userId = "1"): Routes {
  const actor = { ...SESSION.actor, user_id: userId, permissions };
  return { "GET /api/v1/sessions/current": () => ({ status: 200, body: { ...SESSION, actor } }) };
}

const detail = {
  id: CASE,
  resident_id: PERSON,
  resident_name: "陈秀英",
  division_code: "440783001201",
  division_name: "东兴村",
  reason: "death",
  event_on: "2011-03-10",
  reported_on: "2011-03-20",
  proof: "death_certificate",
  state: "village_checked",
  next_step: "township_review",
  round: 1,
  since_on: "2011-03-20",
  due_on: "2011-04-15",
  created_by_id: "9",
  version: 2,
  has_proof_number: true,
  payee: { relation: "child", name: "梁继承", id_number_masked: "440783********0021", bank_account_masked: "****0018" },
  set_off_agreed: false,
  remark: null,
  claim_until: "2011-05-09",
  resident_status: "alive",
  resident_status_on: null,
  account_state: "open",
  balance: "130.49",
  benefit_state: null,
  registered_event: false,
  revoked_reason: null,
  closed_on: null,
  decisions: [],
  settlements: [],
  conflicts: [{ kind: "change_request", message: "变更登记“银行账号”尚未办结(待街道初审)。" }],
};

const sheet = {
  id: "4407830000000021",
  resident_id: PERSON,
  resident_name: "陈秀英",
  division_code: "440783001201",
  division_name: "东兴村",
  cancellation_id: CASE,
  reason: "death",
  state: "approved",
  event_on: "2011-03-10",
  settled_on: "2011-03-31",
  is_supplement: false,
  payable: "1409.30",
  computed_on: "2011-03-31",
  approved_on: "2011-03-31",
  paid_on: null,
  version: 2,
  account_before: { personal: "0.00", collective: "0.00", gov: "0.00" },
  interest: { personal: "5.58", collective: "0.00", gov: "0.70" },
  interest_withdrawn: { personal: "0.00", collective: "0.00", gov: "0.00" },
  balance: { personal: "1470.79", collective: "0.00", gov: "183.51" },
  retained: "0.00",
  refund: "1654.30",
  owed: "0.00",
  late_returned: "0.00",
  late_subsidy_returned: "0.00",
  overpaid_from_account: "25.00",
  overpaid_from_fund: "220.00",
  overpaid: "245.00",
  set_off: "245.00",
  gross: "1654.30",
  owed_months: [],
  overpaid_months: [
    { month: "2016-04", paid_in: "2016-04", from_account: "12.50", from_fund: "110.00" },
    { month: "2016-05", paid_in: "2016-05", from_account: "12.50", from_fund: "110.00" },
  ],
  reasons: [{ code: "payable", message: "合计应付1654.30元。", clause: "政策细则 §3.4" }],
  content_hash: "0".repeat(64),
  payee: detail.payee,
  recovery: null,
  computed_by_id: "2",
  approved_by_id: "3",
  opinion: null,
  paid_by_id: null,
  bank_reference: null,
  undone_reason: null,
};

async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) {
    await flushPromises();
    await vi.dynamicImportSettled();
  }
}

async function open(path: string, routes: Routes): Promise<{ page: VueWrapper; router: Router; seen: string[] }> {
  const { forgetSession, loadSession } = await import("@/session");
  forgetSession();
  const seen = stubApi(routes);
  await loadSession();
  const router = makeRouter(createMemoryHistory());
  wrapper = mount(App, { attachTo: document.body, global: { plugins: [router] } });
  await router.push(path);
  await settle();
  return { page: wrapper, router, seen };
}

afterEach(() => {
  wrapper?.unmount();
  wrapper = null;
});

describe("a cancellation", () => {
  const READ: Routes = { [`GET /api/v1/cancellations/${CASE}`]: () => ({ status: 200, body: detail }) };

  it("asks for a reason before anything is sent back", async () => {
    const sent: unknown[] = [];
    const { page, seen } = await open(`/cancellations/${CASE}`, {
      ...signedIn(["cancellations:read", "cancellations:review"]),
      ...READ,
      [`POST /api/v1/cancellations/${CASE}/decisions`]: (_url, request) => {
        sent.push(request.headers.get("if-match"));
        return { status: 200, body: detail };
      },
    });
    expect(page.text()).toContain("变更登记“银行账号”尚未办结");
    const buttons = page.findAll("button").filter((one) => one.text() === "退回");
    await buttons[0]?.trigger("click");
    expect(page.text()).toContain("须写明理由");
    expect(seen.some((one) => one.startsWith("POST"))).toBe(false);
    await page.get("#opinion").setValue("证明不清");
    await buttons[0]?.trigger("click");
    await settle();
    expect(sent).toEqual(['"2"']);
  });

  it("offers no step to who does not hold it", async () => {
    const { page } = await open(`/cancellations/${CASE}`, { ...signedIn(["cancellations:read"]), ...READ });
    expect(page.find("#opinion").exists()).toBe(false);
    expect(page.text()).toContain("440783********0021");
  });

  it("shows the sheet and sends the same key when a payment is tried again", async () => {
    const keys: (string | null)[] = [];
    const { page } = await open(`/cancellations/${CASE}`, {
      ...signedIn(["cancellations:read", "settlements:read", "settlements:pay"]),
      [`GET /api/v1/cancellations/${CASE}`]: () => ({
        status: 200,
        body: {
          ...detail,
          state: "county_approved",
          next_step: null,
          settlements: [{ id: sheet.id, state: "approved", payable: sheet.payable, is_supplement: false }],
        },
      }),
      [`GET /api/v1/settlements/${sheet.id}`]: () => ({ status: 200, body: sheet }),
      [`POST /api/v1/settlements/${sheet.id}/payments`]: (_url, request) => {
        keys.push(request.headers.get("idempotency-key"));
        return problem(503, "数据库暂时不可用");
      },
    });
    expect(page.text()).toContain("¥1,409.30");
    expect(page.text()).toContain("-¥245.00");
    expect(page.text()).not.toContain("应发未发的待遇");
    await page.get(`#ref-${sheet.id}`).setValue("JS-1");
    for (let turn = 0; turn < 2; turn += 1) {
      await page.get("form.pay").trigger("submit");
      await settle();
    }
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(page.text()).toContain("数据库暂时不可用");
  });
});

describe("the form", () => {
  it("asks for an heir after a death and for nobody else otherwise", async () => {
    const bodies: Record<string, unknown>[] = [];
    const work: Promise<void>[] = [];
    const { page, router } = await open(`/residents/${PERSON}/cancellation`, {
      ...signedIn(["residents:read", "cancellations:read", "cancellations:create"]),
      [`GET /api/v1/residents/${PERSON}`]: () => ({ status: 200, body: resident() }),
      "POST /api/v1/cancellations": (_url, request) => {
        work.push(request.json().then((body: Record<string, unknown>) => void bodies.push(body)));
        return { status: 201, body: detail };
      },
      [`GET /api/v1/cancellations/${CASE}`]: () => ({ status: 200, body: detail }),
    });
    expect(page.find("#payee-name").exists()).toBe(true);
    await page.get('input[value="other_pension"]').setValue(true);
    expect(page.find("#payee-name").exists()).toBe(false);
    expect((page.get("#proof").element as HTMLSelectElement).value).toBe("other_scheme");
    await page.get("#event-on").setValue("2011-03-10");
    await page.get("form.sheet").trigger("submit");
    await settle();
    await Promise.all(work);
    expect(bodies[0]).toMatchObject({
      reason: "other_pension",
      proof: "other_scheme",
      payee: { relation: "self", bank_account: null },
      resident_id: PERSON,
    });
    expect(router.currentRoute.value.path).toBe(`/cancellations/${CASE}`);
  });
});
