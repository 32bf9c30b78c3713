import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory } from "vue-router";

import type { ParameterImpact, PolicyParameter } from "@/api/types";
import App from "@/App.vue";
import { formOf, valueOf, valueText } from "@/parameters";
import { makeRouter } from "@/router";
import { forgetSession, loadSession } from "@/session";
import { problem, SESSION, stubApi, type Routes } from "@/testing";

let wrapper: VueWrapper | null = null;
const ID = "4407830000000500";
const BASE = "/api/v1/policy-parameters";

function parameter(over: Partial<PolicyParameter> = {}): PolicyParameter {
  return {
    id: null,
    code: "basic_pension",
    label: "基础养老金(元/月)",
    topic: "benefits",
    kind: "money",
    value: "55.00",
    valid_from: "2009-11-01",
    valid_to: null,
    paid_from: null,
    document: "国发〔2009〕32号",
    article: "六",
    evidence: "supported",
    note: "",
    layer: "national",
    division_code: "100000000000",
    division_name: null,
    lowest_layer: "county",
    lowest_reason: "全县一致",
    effective: true,
    state: "approved",
    serial: null,
    content_hash: null,
    maker_id: null,
    maker_name: null,
    checker_id: null,
    checker_name: null,
    opinion: null,
    proposed_at: null,
    decided_at: null,
    version: null,
    ...over,
  };
}

const PROPOSED = parameter({
  id: ID,
  value: "60.00",
  valid_from: "2011-05-01",
  valid_to: "2013-06-30",
  layer: "county",
  division_code: "440783000000",
  division_name: "开平市",
  effective: false,
  state: "proposed",
  maker_id: "7",
  maker_name: "何文",
  version: 3,
});

function impact(over: Partial<ParameterImpact> = {}): ParameterImpact {
  return {
    division_code: "440783000000",
    basis: "按2011-05正在领取的人员测算。",
    money_known: true,
    period: "2011-05",
    total: { person_count: 3, changed_count: 2, before: "165.00", after: "175.00", difference: "10.00" },
    payers: [{ payer: "county", label: "县级财政", before: "82.50", after: "92.50", difference: "10.00" }],
    units: [
      { division_code: "440783001201", division_name: "东兴村", person_count: 3, changed_count: 2, before: "165.00", after: "175.00", difference: "10.00" },
    ],
    largest: [
      { resident_id: "4407830000000001", resident_name: "陈秀英", division_code: "440783001201", before: "55.00", after: "60.00", difference: "5.00" },
    ],
    conflicts: [],
    notes: [],
    uses: ["月度发放"],
    ...over,
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) {
    await flushPromises();
    await vi.dynamicImportSettled();
  }
}

async function open(path: string, permissions: string[], routes: Routes): Promise<string[]> {
  const actor = { ...SESSION.actor, role: "county_clerk", division_code: "440783000000", division_name: "开平市", permissions };
  const seen = stubApi({
    "GET /api/v1/sessions/current": () => ({ status: 200, body: { ...SESSION, actor } }),
    "GET /api/v1/divisions": () => ({ status: 200, body: { items: [], next: null } }),
    ...routes,
  });
  forgetSession();
  await loadSession();
  const router = makeRouter(createMemoryHistory());
  wrapper = mount(App, { global: { plugins: [router] }, attachTo: document.body });
  await router.push(path);
  await settle();
  return seen;
}

function button(name: string) {
  const found = wrapper?.findAll("button").find((one) => one.text() === name);
  if (found === undefined) throw new Error(`no button ${name}`);
  return found;
}

const text = (): string => wrapper?.text() ?? "";

afterEach(() => {
  wrapper?.unmount();
  wrapper = null;
  vi.unstubAllGlobals();
});

describe("values", () => {
  it.each([
    ["money", "60.00", "¥60.00"],
    ["money_list", ["100.00", "120.50"], "100、120.50 元"],
    ["bands", [{ from_tier: "0.00", subsidy: "30.00" }, { from_tier: "300.00", subsidy: "45.00" }], "0元档起补 30 元；300元档起补 45 元"],
    ["boolean", false, "否"],
    ["percent", "75", "75%"],
    ["word", "segmented", "按日分段利率"],
    ["words", ["dibao"], "低保对象"],
    ["month_day", "12-31", "12月31日"],
    ["rates", [{ effective_on: "2011-07-07", rate: "3.50" }], "2011-07-07 起 3.50%"],
    ["integer", 15, "15"],
  ])("reads and writes %s", (kind, value, words) => {
    expect(valueText(kind, value)).toBe(words);
    expect(valueOf(kind, formOf(kind, value))).toEqual(value);
  });

  it("leaves what is no number to the server's judgement", () => {
    expect(valueOf("integer", { ...formOf("integer", 1), text: "十五" })).toBe("十五");
  });
});

describe("parameters", () => {
  it("shows what holds by topic, and what waits for a second person", async () => {
    await open("/parameters", ["parameters:read"], {
      [`GET ${BASE}`]: (url) => ({
        status: 200,
        body: {
          items: url.searchParams.get("state") === "proposed" ? [PROPOSED] : [parameter(), parameter({ valid_from: "2013-07-01", value: "65.00", effective: false })],
          next: null,
        },
      }),
    });
    expect(text()).toContain("待复核的变更");
    expect(text()).toContain("¥60.00");
    expect(text()).toContain("¥55.00");
    expect(text()).not.toContain("¥65.00");
  });

  it("lets nobody propose what was not tried out, and tries again after a change", async () => {
    let sent: unknown = null;
    const seen = await open("/parameters/basic_pension", ["parameters:read", "parameters:propose", "parameters:impact"], {
      [`GET ${BASE}`]: () => ({ status: 200, body: { items: [parameter()], next: null } }),
      [`POST ${BASE}/impact`]: () => ({ status: 200, body: impact() }),
      [`POST ${BASE}`]: (_url, request) => {
        sent = request.headers.get("idempotency-key");
        return { status: 201, body: PROPOSED };
      },
      [`GET ${BASE}/${ID}`]: () => ({ status: 200, body: PROPOSED }),
      [`GET ${BASE}/${ID}/impact`]: () => ({ status: 200, body: impact() }),
    });
    await button("提出变更").trigger("click");
    const values: Record<string, string> = { "#from": "2011-05-01", "#document": "开人社1号", "#article": "二", "#reason": "提高标准" };
    for (const [field, value] of Object.entries(values)) await wrapper?.get(field).setValue(value);
    expect(text()).not.toContain("提交复核");
    await wrapper?.get("form").trigger("submit");
    await flushPromises();
    expect(text()).toContain("+¥10.00");
    expect(text()).toContain("东兴村");
    expect(button("提交复核").exists()).toBe(true);
    await wrapper?.get("#from").setValue("2011-06-01");
    expect(text()).not.toContain("提交复核");
    await wrapper?.get("form").trigger("submit");
    await flushPromises();
    await wrapper?.get("form").trigger("submit");
    await settle();
    expect(seen.filter((one) => one === `POST ${BASE}/impact`)).toHaveLength(2);
    expect(seen.filter((one) => one === `POST ${BASE}`)).toHaveLength(1);
    expect(sent).toMatch(/^[0-9a-f]{32}$/);
    expect(text()).toContain("待复核");
  });

  it("shows the reviewer the effect first and says yes to the version that was seen", async () => {
    let match: string | null = null;
    await open(`/parameters/changes/${ID}`, ["parameters:read", "parameters:decide", "parameters:impact"], {
      [`GET ${BASE}/${ID}`]: () => ({ status: 200, body: PROPOSED }),
      [`GET ${BASE}/${ID}/impact`]: () => ({ status: 200, body: impact({ conflicts: ["2010年度结息已计算"] }) }),
      [`POST ${BASE}/${ID}/decisions`]: (_url, request) => {
        match = request.headers.get("if-match");
        return { status: 201, body: { ...PROPOSED, state: "approved", checker_id: "9", checker_name: "李红", version: 4 } };
      },
    });
    expect(text()).toContain("影响试算");
    expect(text()).toContain("2010年度结息已计算");
    await button("不予通过").trigger("click");
    expect(text()).toContain("请写明不予通过的理由");
    await wrapper?.get("form").trigger("submit");
    await flushPromises();
    expect(match).toBe('"3"');
    expect(text()).toContain("已生效");
    expect(text()).toContain("李红");
  });

  it("keeps makers from their own changes, and a refusal on the page", async () => {
    const mine = { ...PROPOSED, maker_id: SESSION.actor.user_id };
    await open(`/parameters/changes/${ID}`, ["parameters:read", "parameters:propose", "parameters:decide"], {
      [`GET ${BASE}/${ID}`]: () => ({ status: 200, body: mine }),
      [`POST ${BASE}/${ID}/withdrawals`]: () => problem(412, "内容已被他人修改"),
    });
    expect(text()).toContain("本人提出的变更须由他人复核");
    expect(text()).not.toContain("同意，立即生效");
    await button("撤回").trigger("click");
    await flushPromises();
    expect(text()).toContain("内容已被他人修改");
  });
});
