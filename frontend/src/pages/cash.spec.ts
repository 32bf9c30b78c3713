import { flushPromises, mount } from "@vue/test-utils";
import { createMemoryHistory } from "vue-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { makeRouter } from "@/router";
import { loadSession } from "@/session";
import { problem, SESSION, stubApi, type Routes } from "@/testing";
import CashPage from "./CashPage.vue";
import CheckReceiptPage from "./CheckReceiptPage.vue";

const ME = "4407830000000123";
const empty = { items: [], next: null };
const collector = {
  id: ME,
  name: "协办员",
  division_code: "440783001210",
  division_name: "迳头村",
  disabled: false,
  held: "300.00",
  waiting: "100.00",
  oldest_on: "2011-03-01",
  age_days: 6,
  alarm: "blocked",
  advice: "手存现金300.00元，请缴存。",
  numbers: 20,
  voids: 1,
  proposed_voids: 0,
  void_rate: "5.0",
  disputed: 0,
  gaps: 1,
  days: [{ issued_on: "2011-03-01", age_days: 6, held: "300.00", waiting: "100.00" }],
  missing: [],
};
const remittance = {
  id: "4407830000000456",
  division_code: "440783001210",
  collector_id: ME,
  amount: "100.00",
  paid_in_on: "2011-03-02",
  bank_reference: "JK-0001",
  state: "recorded",
  arrived_on: null,
  advised_amount: null,
  advised_reference: null,
  reason: null,
  collector_name: "协办员",
  confirmed_by_id: null,
  journal_id: null,
  version: 1,
};

async function page(permissions: string[], routes: Routes, query = "") {
  const session = { ...SESSION, actor: { ...SESSION.actor, user_id: ME, permissions } };
  const seen = stubApi({
    "GET /api/v1/sessions/current": () => ({ status: 200, body: session }),
    "GET /api/v1/remittances": () => ({ status: 200, body: { items: [remittance], next: null } }),
    "GET /api/v1/remittances/cash-in-hand": () => ({ status: 200, body: { collector_id: ME, amount: "200.00" } }),
    "GET /api/v1/work-items/counts": () => ({ status: 200, body: { today: "2011-03-07", items: [] } }),
    "GET /api/v1/reports/participation": () => ({ status: 200, body: { as_of: "2011-03-07" } }),
    "GET /api/v1/receipts": () => ({ status: 200, body: empty }),
    "GET /api/v1/receipts/blocks": () => ({ status: 200, body: empty }),
    "GET /api/v1/receipts/voids": () => ({ status: 200, body: empty }),
    [`GET /api/v1/collectors/${ME}`]: () => ({ status: 200, body: collector }),
    "GET /api/v1/collectors": () => ({ status: 200, body: { items: [collector], next: null } }),
    ...routes,
  });
  await loadSession();
  const router = makeRouter(createMemoryHistory());
  await router.push(`/cash${query}`);
  const wrapper = mount(CashPage, { global: { plugins: [router] } });
  await flushPromises();
  await flushPromises();
  return { wrapper, seen };
}

describe("现金", () => {
  beforeEach(() => vi.unstubAllGlobals());
  afterEach(() => vi.unstubAllGlobals());

  it("shows a collector what they hold, why they are blocked, and offers what is left to pay in", async () => {
    let sent: unknown = null;
    const { wrapper } = await page(["contributions:read", "remittances:record"], {
      "POST /api/v1/remittances": () => ({ status: 201, body: remittance }),
    });
    expect(wrapper.text()).toContain("¥300.00");
    expect(wrapper.text()).toContain("停收");
    expect(wrapper.text()).toContain("请缴存");
    expect(wrapper.findAll("[aria-label='分类'] button")).toHaveLength(0);
    await wrapper.findAll("button").find((one) => one.text() === "登记缴存")?.trigger("click");
    expect((wrapper.get("#cash-amount").element as HTMLInputElement).value).toBe("200.00");
    await wrapper.get("#cash-reference").setValue("JK-0002");
    const real = globalThis.fetch;
    vi.stubGlobal("fetch", async (request: Request) => {
      if (request.method === "POST") sent = await request.clone().json();
      return real(request);
    });
    await wrapper.get("form[aria-label='登记缴存']").trigger("submit");
    await flushPromises();
    expect(sent).toEqual({ amount: "200.00", paid_in_on: "2011-03-07", bank_reference: "JK-0002" });
    expect(wrapper.find("form[aria-label='登记缴存']").exists()).toBe(false);
  });

  it("shows the offices who holds what, and nobody may give numbers to themselves", async () => {
    const other = { ...collector, id: "4407830000000777", name: "另一人", alarm: "none", advice: null };
    const { wrapper } = await page(["contributions:read", "receipts:sample", "receipts:manage"], {
      "GET /api/v1/collectors": () => ({ status: 200, body: { items: [collector, other], next: null } }),
    });
    const cards = wrapper.findAll("li.card");
    expect(cards).toHaveLength(2);
    expect(cards[0]?.text()).toContain("缺号 1");
    expect(cards[0]?.find("button").exists()).toBe(false);
    expect(cards[1]?.find("button").text()).toBe("收据号段");
  });

  it("lets finance type what the bank says, and keeps the dispute in sight", async () => {
    let state = "recorded";
    const { wrapper } = await page(
      ["contributions:read", "receipts:sample", "remittances:confirm"],
      {
        "GET /api/v1/remittances": () => ({
          status: 200,
          body: {
            items: [{ ...remittance, state, advised_amount: "90.00", advised_reference: "JK-0001" }],
            next: null,
          },
        }),
        [`GET /api/v1/remittances/${remittance.id}/receipts`]: () => ({ status: 200, body: empty }),
        [`POST /api/v1/remittances/${remittance.id}/confirmations`]: () => {
          state = "disputed";
          return problem(409, "银行到账与登记的缴存不符", { code: "remittance-differs" });
        },
      },
      "?tab=remittances",
    );
    await wrapper.findAll("button").find((one) => one.text() === "与银行核对")?.trigger("click");
    await flushPromises();
    const amount = wrapper.get(`#advice-amount-${remittance.id}`);
    expect((amount.element as HTMLInputElement).value).toBe("");
    await amount.setValue("90.00");
    await wrapper.get(`#advice-reference-${remittance.id}`).setValue("JK-0001");
    await wrapper.get(`#advice-day-${remittance.id}`).setValue("2011-03-03");
    await wrapper.get("form[aria-label='银行到账']").trigger("submit");
    await flushPromises();
    expect(wrapper.text()).toContain("银行到账与登记的缴存不符");
    expect(wrapper.text()).toContain("有差异");
  });
});

describe("收据查验", () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    [{ valid: true, amount: "100.00", issued_on: "2011-03-01", contribution_year: 2011, kind: "annual", reversed: false }, "收据属实，已经入账", "¥100.00"],
    [{ valid: true, amount: "100.00", issued_on: "2011-03-01", contribution_year: 2011, kind: "annual", reversed: true }, "已经冲正", "2011年3月1日"],
    [{ valid: false, amount: null, issued_on: null, contribution_year: null, kind: null, reversed: null }, "没有查到这张收据", "带收据"],
  ])("answers %j", async (body, title, more) => {
    stubApi({ "POST /api/v1/receipts/verifications": () => ({ status: 200, body }) });
    const wrapper = mount(CheckReceiptPage, { global: { plugins: [makeRouter(createMemoryHistory())] } });
    await wrapper.get("#serial").setValue("440783-123-000017");
    await wrapper.get("#code").setValue("abcd efgh");
    await wrapper.get("form").trigger("submit");
    await flushPromises();
    expect(wrapper.get("[role='status']").text()).toContain(title);
    expect(wrapper.get("[role='status']").text()).toContain(more);
  });
});
