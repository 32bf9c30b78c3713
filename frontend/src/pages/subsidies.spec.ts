import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory } from "vue-router";

import type { SubsidyClaim, SubsidyPosition, SubsidyReceipt } from "@/api/types";
import App from "@/App.vue";
import { makeRouter } from "@/router";
import { problem, SESSION, stubApi, type Routes } from "@/testing";

let wrapper: VueWrapper | null = null;
const ID = "4407830000000700";
const CLAIMS = "/api/v1/subsidy-claims";
const RECEIPTS = "/api/v1/subsidy-receipts";
const NOTHING = { central: "0.00", province: "0.00", city: "0.00", county: "0.00", town: "0.00", total: "0.00" };
const THIRDS = { ...NOTHING, province: "10.00", city: "10.00", county: "10.00", total: "30.00" };

const POSITION: SubsidyPosition = {
  county: "440783",
  as_of: "2011-03-31",
  items: [
    {
      purpose: "contribution_subsidy",
      level: "city",
      due: "10.00",
      claimed: "30.00",
      received: "10.00",
      outstanding: "20.00",
      advance: "0.00",
      overdue: "20.00",
      claimed_rate: "75.0",
      received_rate: "25.0",
    },
  ],
  unclaimed: [{ purpose: "contribution_subsidy", count: 1, amounts: THIRDS }],
};

function claim(over: Partial<SubsidyClaim> = {}): SubsidyClaim {
  return {
    id: ID,
    county: "440783",
    division_code: "440783000000",
    purpose: "contribution_subsidy",
    period: "2010",
    cut_off_on: "2010-12-31",
    state: "computed",
    line_count: 1,
    amounts: THIRDS,
    received: NOTHING,
    outstanding: THIRDS,
    content_hash: "a".repeat(64),
    maker_id: "2",
    checker_id: null,
    approved_on: null,
    approved_at: null,
    sent_on: null,
    due_on: null,
    journal_id: null,
    discard_reason: null,
    version: 1,
    ...over,
  } as SubsidyClaim;
}

const RECEIPT = {
  id: "4407830000000701",
  county: "440783",
  division_code: "440783000000",
  purpose: "contribution_subsidy",
  level: "city",
  amount: "10.00",
  advance: "0.00",
  received_on: "2010-12-15",
  bank_reference: "CZ-1",
  claim_ids: [],
  state: "recorded",
  recorded_by_id: "3",
  confirmed_by_id: null,
  journal_id: null,
  discard_reason: null,
  version: 1,
} as unknown as SubsidyReceipt;

async function open(permissions: string[], routes: Routes = {}, found = claim()) {
  const { forgetSession, loadSession } = await import("@/session");
  forgetSession();
  const seen = stubApi({
    "GET /api/v1/sessions/current": () => ({
      status: 200,
      body: {
        ...SESSION,
        actor: { ...SESSION.actor, division_code: "440783000000", permissions: ["subsidies:read", ...permissions] },
      },
    }),
    [`GET ${CLAIMS}/position`]: () => ({ status: 200, body: POSITION }),
    [`GET ${CLAIMS}`]: () => ({ status: 200, body: { items: [found], next: null } }),
    [`GET ${RECEIPTS}`]: () => ({ status: 200, body: { items: [RECEIPT], next: null } }),
    ...routes,
  });
  await loadSession();
  const router = makeRouter(createMemoryHistory());
  wrapper = mount(App, { global: { plugins: [router] }, attachTo: document.body });
  await router.push("/subsidies");
  for (let turn = 0; turn < 6; turn += 1) {
    await flushPromises();
    await vi.dynamicImportSettled();
  }
  return seen;
}

function button(text: string) {
  return wrapper?.findAll("button").find((one) => one.text() === text);
}

afterEach(() => {
  wrapper?.unmount();
  vi.unstubAllGlobals();
});

describe("the page of subsidies", () => {
  it("shows each level's debt as a picture and in figures", async () => {
    await open([]);
    expect(wrapper?.find("rect.claimed").attributes("width")).toBe("75");
    expect(wrapper?.find("rect.received").attributes("width")).toBe("25");
    expect(wrapper?.text()).toContain("逾期 ¥20.00");
    expect(wrapper?.text()).toContain("尚有 1 笔、共 ¥30.00 未申报");
    expect(button("审批通过")).toBeUndefined();
    expect(button("登记到账")).toBeUndefined();
  });

  it("approves the content that was seen, at the version that was seen", async () => {
    const sent: unknown[] = [];
    await open(["subsidies:approve"], {
      [`POST ${CLAIMS}/${ID}/approvals`]: (_, request) => {
        sent.push(request.headers.get("if-match"), request.headers.get("idempotency-key")?.length);
        return { status: 201, body: claim({ state: "approved" }) };
      },
    });
    await button("审批通过")?.trigger("click");
    await flushPromises();
    expect(sent).toEqual(['"1"', 32]);
  });

  it("offers no approval to whoever computed it, and sends what is approved", async () => {
    await open(["subsidies:approve"], {}, claim({ maker_id: "1" }));
    expect(button("审批通过")).toBeUndefined();
    wrapper?.unmount();
    const seen = await open(
      ["subsidies:compute"],
      { [`POST ${CLAIMS}/${ID}/sendings`]: () => ({ status: 201, body: claim({ state: "sent" }) }) },
      claim({ state: "approved", version: 2 }),
    );
    await button("已送财政")?.trigger("click");
    await flushPromises();
    expect(seen).toContain(`POST ${CLAIMS}/${ID}/sendings`);
  });

  it("confirms an arrival of somebody else and tells a refusal", async () => {
    await open(["subsidies:confirm"], {
      [`POST ${RECEIPTS}/${RECEIPT.id}/confirmations`]: () => problem(409, "经办与复核须由两人办理"),
    });
    await button("确认入账")?.trigger("click");
    await flushPromises();
    expect(wrapper?.text()).toContain("经办与复核须由两人办理");
  });

  it("posts only where money has come, and asks for the reason of a discard", async () => {
    await open(["subsidies:approve"], {}, claim({ state: "closed", received: THIRDS, outstanding: NOTHING }));
    expect(button("到账补贴记账")).toBeDefined();
    expect(button("作废…")).toBeUndefined();
    wrapper?.unmount();
    const seen = await open(["subsidies:approve"], {
      [`POST ${CLAIMS}/${ID}/discards`]: () => ({ status: 201, body: claim({ state: "discarded" }) }),
    });
    await button("作废…")?.trigger("click");
    await wrapper?.find(`#why-${ID}`).setValue("重算");
    await wrapper?.find("article form").trigger("submit");
    await flushPromises();
    expect(seen).toContain(`POST ${CLAIMS}/${ID}/discards`);
  });
});
