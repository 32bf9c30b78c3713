import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory } from "vue-router";

import App from "@/App.vue";
import { makeRouter } from "@/router";
import { forgetSession, loadSession } from "@/session";
import { problem, resident, SESSION, stubApi, type Routes } from "@/testing";

let wrapper: VueWrapper | null = null;
const PERSON = "4407830000000001";
const LIST = "4407830000000041";

const allowance = {
  resident_id: PERSON,
  as_of: "2011-04-15",
  barred: null,
  tiers: ["100.00", "200.00"],
  paid_years: [2010],
  government_pays: false,
  due: {
    year: 2011, tier: "200.00", rhythm: "yearly", instalment: 0, instalments: 1, amount: "200.00", subsidy: "30.00",
    refusal: null, reasons: [{ code: "contribution", message: "2011年度，档次200.00元。", clause: "" }],
  },
  make_up: { years: [2009, 2008], at_most: 2, reasons: [{ code: "m", message: "还可补缴2年。", clause: "" }] },
  lump_sum: { years: [], at_most: 0, reasons: [{ code: "l", message: "未满45周岁，不能趸缴。", clause: "" }] },
};

const list = {
  id: LIST, division_code: "440783001210", kind: "collective", payer_kind: "village_collective",
  payer_name: "石海经济联合社", basis: "决议1号", basis_on: "2011-01-15", contribution_year: 2011, land_project_id: null,
  source_list_id: null, line_count: 1, total: "50.00", content_hash: "a".repeat(64), state: "submitted", maker_id: "9",
  bank_reference: null, arrived_on: null, confirmed_by_id: null, checker_id: null, decided_on: null, opinion: null,
  posted_count: 0, posted: "0.00", version: 2, waiting: "0.00",
  refused: [{ row: 3, column: "金额", code: "bad_value", message: "金额应为大于零的数字。" }],
};

function routes(permissions: string[], more: Routes = {}): Routes {
  const actor = { ...SESSION.actor, permissions: ["contributions:read", ...permissions] };
  return {
    "GET /api/v1/sessions/current": () => ({ status: 200, body: { ...SESSION, actor } }),
    [`GET /api/v1/contributions/allowances/${PERSON}`]: () => ({ status: 200, body: allowance }),
    [`GET /api/v1/residents/${PERSON}`]: () => ({ status: 200, body: resident() }),
    [`GET /api/v1/payer-lists/${LIST}`]: () => ({ status: 200, body: list }),
    [`GET /api/v1/payer-lists/${LIST}/lines`]: () => ({
      status: 200,
      body: {
        items: [
          { line_no: 1, resident_id: PERSON, name: "陈秀英", resident_division_code: null, village_group: null,
            amount: "50.00", state: "listed", left_reason: null, contribution_id: null, readdressed_to_id: null },
        ],
        next: null,
      },
    }),
    ...more,
  };
}

async function open(path: string, permissions: string[], more: Routes = {}): Promise<VueWrapper> {
  forgetSession();
  stubApi(routes(permissions, more));
  await loadSession();
  const router = makeRouter(createMemoryHistory());
  await router.push(path);
  wrapper = mount(App, { global: { plugins: [router] } });
  await flushPromises();
  await flushPromises();
  return wrapper;
}

function button(page: VueWrapper, text: string) {
  const found = page.findAll("button").find((one) => one.text().includes(text));
  if (found === undefined) throw new Error(`no button ${text}`);
  return found;
}

afterEach(() => {
  wrapper?.unmount();
  wrapper = null;
  vi.unstubAllGlobals();
});

describe("the payment desk", () => {
  const path = `/contributions?tab=pay&resident=${PERSON}`;

  it("offers what is due with the server's amount, and says why something is not", async () => {
    const page = await open(path, ["contributions:record"]);
    expect(page.text()).toContain("¥200.00");
    expect(page.text()).toContain("不能趸缴");
    expect(page.find("input[value=lump_sum]").attributes("disabled")).toBeDefined();
  });

  it("sends the year once under one key and shows the receipt", async () => {
    const sent: unknown[] = [];
    const keys: (string | null)[] = [];
    const page = await open(path, ["contributions:record"], {
      "POST /api/v1/contributions": (_url, request) => {
        keys.push(request.headers.get("idempotency-key"));
        void request.json().then((body) => sent.push(body));
        return {
          status: 201,
          body: {
            kind: "annual", amount: "200.00", subsidy: "30.00", contribution_year: 2011, reasons: [],
            receipt: { id: "1", number: 7, verification_code: "ABCD" },
          },
        };
      },
    });
    await page.find("form.desk").trigger("submit");
    await flushPromises();
    expect(sent).toEqual([
      { resident_id: PERSON, contribution_year: 2011, kind: "annual", tier: "200.00", instalment: 0,
        paid_on: "2011-04-15", channel: "cash" },
    ]);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(page.get(".done").text()).toContain("第 7 号");
  });

  it("lets the server add up the years, and takes nothing before it has", async () => {
    const page = await open(path, ["contributions:record"], {
      "POST /api/v1/contributions/quotes": () => ({
        status: 200,
        body: {
          tier: "200.00", amount: "400.00", subsidy: "0.00",
          years: [{ year: 2008, amount: "200.00", subsidy: "0.00" }, { year: 2009, amount: "200.00", subsidy: "0.00" }],
          reasons: [{ code: "make-up", message: "补缴2年。", clause: "" }],
        },
      }),
    });
    await page.get("input[value=make_up]").setValue();
    expect(button(page, "登记缴费").attributes("disabled")).toBeDefined();
    for (const box of page.findAll("label.year input")) await box.setValue(true);
    await flushPromises();
    expect(page.get(".sum").text()).toContain("¥400.00");
    expect(button(page, "登记缴费").attributes("disabled")).toBeUndefined();
  });

  it("keeps a refusal in view", async () => {
    const page = await open(path, ["contributions:record"], {
      "POST /api/v1/contributions": () => problem(409, "该年度保费已缴"),
    });
    await page.find("form.desk").trigger("submit");
    await flushPromises();
    expect(page.text()).toContain("该年度保费已缴");
    expect(page.find(".done").exists()).toBe(false);
  });
});

describe("a list of a payer", () => {
  it("tells the refused rows, and gives finance the arrival and nobody else", async () => {
    const page = await open(`/payer-lists/${LIST}`, ["payer-lists:confirm"]);
    expect(page.text()).toContain("第 3 行，金额");
    expect(page.text()).toContain("金额相符，确认到账");
    expect(page.text()).not.toContain("撤回名单");
    expect(page.text()).not.toContain("同意入账");
  });

  it("lets only the maker hand in or take back", async () => {
    const page = await open(`/payer-lists/${LIST}`, ["payer-lists:submit"]);
    expect(page.text()).not.toContain("撤回名单");
    expect(page.text()).not.toContain("金额相符，确认到账");
  });

  it("does not let the county post before the money is there", async () => {
    const page = await open(`/payer-lists/${LIST}`, ["payer-lists:approve"]);
    expect(page.text()).toContain("不予入账");
    expect(page.text()).not.toContain("同意入账");
  });
});
