import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory } from "vue-router";

import App from "@/App.vue";
import { makeRouter } from "@/router";
import { loadSession } from "@/session";
import { SESSION, stubApi, type Routes } from "@/testing";

let wrapper: VueWrapper | null = null;
const RIGHTS = ["contributions:read", "fund:read", "fund:propose", "fund:approve", "fund:close"];
const HASH = "a".repeat(64);

function signedIn(userId: string, permissions = RIGHTS): Routes {
  const actor = { ...SESSION.actor, user_id: userId, permissions };
  return { "GET /api/v1/sessions/current": () => ({ status: 200, body: { ...SESSION, actor } }) };
}

const facts = {
  format: 1, county: "440783", month: "2010-11", journal_count: 2,
  trial_balance: [
    { account: "treasury_account", code: "1003", opening: "0.00", debit: "100.00", credit: "0.00", closing: "100.00" },
    { account: "suspense", code: "2202", opening: "0.00", debit: "0.00", credit: "0.00", closing: "0.00" },
  ],
  statement: {
    opening: "0.00", year_opening: "0.00", income: [{ head: "income_personal", month: "100.00", year: "100.00" }],
    outlay: [], income_total: "100.00", outlay_total: "0.00", year_income_total: "100.00", year_outlay_total: "0.00",
    closing: "100.00",
  },
  accounts: [{ division_code: "440783001000", account_count: 1, personal: "100.00", collective: "0.00", gov: "0.00", total: "100.00", owed: "100.00" }],
  control: {
    accounts: "100.00", accounts_by_ledger: "100.00", pool: "0.00", other_claims: "0.00", claims: "100.00",
    banks: "100.00", cash: "0.00", in_transit: "0.00", receivables: "0.00", assets: "100.00", difference: "0.00",
  },
  changes: [], bank: [], parties: [], in_transit: [],
  differences: { person_count: 0, persons: [], journal_count: 0, journals: [] },
  reports: [], exceptions: [],
};

const month = {
  month: "2010-11", state: "open", pack_version: 0, proposed_by_id: null, proposed_on: null, proposed_hash: null,
  approved_by_id: null, closed_on: null, content_hash: null, reopen_by_id: null, reopen_reason: null,
  reopened_on: null, version: 0,
};

const met = { code: "month_over", label: "月份已经结束", state: "met", is_waivable: false, reason: null, items: [] };
const unmet = {
  code: "bank_covered", label: "银行对账单齐全", state: "unmet", is_waivable: false, reason: null,
  items: [{ message: "支出户还没有对账单。", subject_kind: "bank_account", subject_id: "expenditure_account", amount: null }],
};

const pack = {
  month: "2010-11", is_draft: true, pack_version: null, content_hash: HASH, prepared_by_id: null, approved_by_id: null,
  closed_on: null, facts, names: { "440783001000": "三埠街道" },
};

function fundApi(over: object, preconditions: object[]): Routes {
  const one = { ...month, ...over };
  return {
    "GET /api/v1/fund/periods": () => ({ status: 200, body: { items: [one], next: null } }),
    "GET /api/v1/fund/periods/2010-11": () => ({ status: 200, body: { ...one, preconditions, is_ready: true } }),
    "GET /api/v1/fund/periods/2010-11/pack": () => ({ status: 200, body: pack }),
  };
}

async function open(path: string): Promise<VueWrapper> {
  // Each visit is of whoever the stub says is signed in now.
  await loadSession();
  const router = makeRouter(createMemoryHistory());
  await router.push(path);
  await router.isReady();
  wrapper = mount(App, { global: { plugins: [router] } });
  await flushPromises();
  await flushPromises();
  return wrapper;
}

afterEach(() => {
  wrapper?.unmount();
  vi.unstubAllGlobals();
});

describe("months of the fund's books", () => {
  it("names what stands in the way and offers no step past it", async () => {
    stubApi({ ...signedIn("1"), ...fundApi({}, [met, unmet]) });
    const page = await open("/fund");
    expect(page.text()).toContain("支出户还没有对账单。");
    const button = page.findAll("button").find((one) => one.text() === "提出月结");
    expect(button?.attributes("disabled")).toBeDefined();
    expect(page.text()).toContain("¥100.00");
    expect(page.text()).not.toContain("待查款项");
  });

  it("sends the version and the reason of what is let pass", async () => {
    const late = { ...unmet, code: "income_zero", label: "收入户月末余额为零", is_waivable: true };
    const sent: unknown[] = [];
    const routes = { ...signedIn("1"), ...fundApi({}, [met, late]) };
    routes["POST /api/v1/fund/periods/2010-11/closings"] = (_url, request) => {
      sent.push(request.headers.get("if-match"));
      void request.json().then((body) => sent.push(body));
      return { status: 201, body: month };
    };
    stubApi(routes);
    const page = await open("/fund");
    await page.get("#waiver").setValue("银行停机");
    await page.get("form").trigger("submit");
    await flushPromises();
    expect(sent).toEqual(['"0"', { exceptions: [{ code: "income_zero", reason: "银行停机" }] }]);
  });

  it("lets only the other person approve, and only what was proposed", async () => {
    const closing = { state: "closing", proposed_by_id: "1", proposed_hash: HASH, version: 2 };
    const approve = (page: VueWrapper) => page.findAll("button").find((one) => one.text().includes("同意月结"));
    stubApi({ ...signedIn("1"), ...fundApi(closing, [met]) });
    let page = await open("/fund");
    expect(approve(page)).toBeUndefined();
    expect(page.text()).toContain("另一位财务人员");
    page.unmount();
    stubApi({ ...signedIn("2"), ...fundApi(closing, [met]) });
    page = await open("/fund");
    expect(approve(page)).toBeDefined();
    expect(approve(page)?.attributes("disabled")).toBeUndefined();
    page.unmount();
    stubApi({ ...signedIn("2"), ...fundApi({ ...closing, proposed_hash: "b".repeat(64) }, [met]) });
    page = await open("/fund");
    expect(approve(page)?.attributes("disabled")).toBeDefined();
    expect(page.text()).toContain("有变化");
  });
});

describe("balances and movements", () => {
  it("shows what the fund owes without a minus", async () => {
    const account = (over: object) => ({ account: "pool", label: "统筹基金", code: "3001", account_class: "pool", balance: "-50.00", party_label: "", parties: [], ...over });
    stubApi({
      ...signedIn("1"),
      "GET /api/v1/fund/accounts": () => ({
        status: 200,
        body: { on: "2010-11-30", division_code: "440783000000", items: [account({}), account({ account: "income_account", label: "收入户", account_class: "asset", balance: "50.00" })] },
      }),
    });
    const page = await open("/fund?part=balances");
    expect(page.text()).toContain("统筹基金");
    expect(page.text()).not.toContain("-¥50.00");
  });

  it("offers the approval to the other person alone", async () => {
    const transfer = {
      id: "4407830000000031", way: "sweep", label: "x", amount: "100.00", moved_on: "2010-11-30", bank_reference: "SW-1",
      note: null, state: "proposed", proposed_by_id: "1", decided_by_id: null, decided_on: null, opinion: null,
      journal_id: null, version: 1,
    };
    const routes = (user: string): Routes => ({
      ...signedIn(user),
      "GET /api/v1/fund-transfers": () => ({ status: 200, body: { items: [transfer], next: null } }),
      "GET /api/v1/fund-transfers/sweep": () => ({ status: 200, body: { held: "100.00", proposed: "100.00", last_on: null, due_on: "2010-11-30", is_due: false } }),
    });
    stubApi(routes("1"));
    let page = await open("/fund?part=transfers");
    expect(page.text()).toContain("撤回");
    expect(page.text()).not.toContain("同意并入账");
    page.unmount();
    stubApi(routes("2"));
    page = await open("/fund?part=transfers");
    expect(page.text()).toContain("同意并入账");
  });
});
