import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory } from "vue-router";

import type { DepartmentList, DepartmentListRow } from "@/api/types";
import App from "@/App.vue";
import { makeRouter } from "@/router";
import { problem, SESSION, stubApi, type Routes } from "@/testing";

let wrapper: VueWrapper | null = null;
const ID = "4407830000000500";
const BASE = "/api/v1/department-lists";

function list(over: Partial<DepartmentList> = {}): DepartmentList {
  return {
    id: ID,
    kind: "disability",
    division_code: "440783001000",
    division_name: "三埠街道",
    department: "残联",
    document: "残函1号",
    as_of: "2011-03-15",
    complete: true,
    state: "compared",
    rows: 3,
    refused_rows: 0,
    refused: [],
    counts: { added: 1, same_name_other_id: 1 },
    chosen: 1,
    applied: 0,
    stale: 0,
    maker_id: "1",
    checker_id: null,
    decided_at: null,
    opinion: null,
    version: 4,
    content_hash: "a".repeat(64),
    money_effect: {
      items: [
        { code: "government_pays", label: "政府代缴", persons: 1, per: "year", central: "0.00", local: "100.00", account: "0.00" },
      ],
      notes: ["分担比例尚待查证"],
      paid_after_death_persons: 0,
      paid_after_death_months: 0,
      paid_after_death: "0.00",
    },
    ...over,
  } as DepartmentList;
}

function row(over: Partial<DepartmentListRow> = {}): DepartmentListRow {
  return {
    seq: 1,
    file_row: 2,
    name: "陈秀英",
    id_number_masked: "440783********0021",
    outcome: "added",
    effect: "begin",
    chosen: true,
    by_hand: false,
    value: "2",
    paid_after_death_months: 0,
    paid_after_death: "0.00",
    applied_at: null,
    refusal: null,
    reason: null,
    resident: null,
    candidates: [],
    ...over,
  } as DepartmentListRow;
}

const PERSON = { id: "4407830000000007", name: "陈秀英", birth_date: "1950-02-03", id_number_masked: "4407****01", division_name: "石海村委会" };

function routes(permissions: string[], found: DepartmentList, items: DepartmentListRow[], more: Routes = {}): Routes {
  const session = { ...SESSION, actor: { ...SESSION.actor, user_id: "2", permissions: ["lists:read", ...permissions] } };
  return {
    "GET /api/v1/sessions/current": () => ({ status: 200, body: session }),
    "GET /api/v1/divisions": () => ({ status: 200, body: { items: [], next: null } }),
    [`GET ${BASE}`]: () => ({ status: 200, body: { items: [found], next: null } }),
    [`GET ${BASE}/${ID}`]: () => ({ status: 200, body: found }),
    [`GET ${BASE}/${ID}/rows`]: () => ({ status: 200, body: { items, next: null } }),
    ...more,
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) {
    await flushPromises();
    await vi.dynamicImportSettled();
  }
}

async function open(path: string, api: Routes): Promise<{ page: VueWrapper; seen: string[] }> {
  const { forgetSession, loadSession } = await import("@/session");
  forgetSession();
  const seen = stubApi(api);
  await loadSession();
  const router = makeRouter(createMemoryHistory());
  wrapper = mount(App, { attachTo: document.body, global: { plugins: [router] } });
  await router.push(path);
  await settle();
  return { page: wrapper, seen };
}

function button(page: VueWrapper, words: string) {
  const found = page.findAll("main button").find((one) => one.text().includes(words));
  if (!found) throw new Error(`no button ${words}`);
  return found;
}

beforeEach(() => {
  document.body.innerHTML = "";
});
afterEach(() => {
  wrapper?.unmount();
  wrapper = null;
});

describe("a department's list", () => {
  it("shows the money by level and offers each side only its own acts", async () => {
    const maker = await open(`/department-lists/${ID}`, routes(["lists:submit"], list(), [row()]));
    expect(maker.page.text()).toContain("地方 ¥100.00");
    expect(maker.page.text()).not.toContain("中央");
    expect(maker.page.text()).toContain("将登记");
    expect(maker.page.findAll("main button").map((one) => one.text())).not.toContain("复核采用");
    wrapper?.unmount();
    const own = await open(`/department-lists/${ID}`, routes(["lists:approve"], list({ maker_id: "2" }), [row()]));
    expect(own.page.text()).toContain("须由他人复核");
    expect(own.page.text()).not.toContain("复核采用");
  });

  it("leaves a row out with its reason, from the version that was read", async () => {
    let sent: { body: unknown; version: string | null; csrf: string | null } | null = null;
    const api = routes(["lists:submit"], list(), [row()], {
      [`PATCH ${BASE}/${ID}/rows`]: (_url, request) => {
        void request.json().then((body: unknown) => {
          sent = { body, version: request.headers.get("if-match"), csrf: request.headers.get("x-csrf-token") };
        });
        return { status: 200, body: list({ chosen: 0, version: 5 }) };
      },
    });
    const { page } = await open(`/department-lists/${ID}`, api);
    await button(page, "不采用").trigger("click");
    await page.get("input[id^=reason]").setValue("已迁走");
    await page.get("article form").trigger("submit");
    await settle();
    expect(sent).toEqual({ body: { chosen: false, reason: "已迁走", rows: [1] }, version: '"4"', csrf: "csrf-1" });
    expect(page.get("section").text()).toContain("采用后将办理 0 人");
  });

  it("gives a row to the person who is meant", async () => {
    let sent: unknown = null;
    const unclear = row({ outcome: "same_name_other_id", effect: "none", chosen: false, candidates: [PERSON] as never });
    const api = routes(["lists:submit"], list(), [unclear], {
      [`POST ${BASE}/${ID}/assignments`]: (_url, request) => {
        void request.json().then((body: unknown) => (sent = body));
        return { status: 201, body: list({ chosen: 2, version: 5 }) };
      },
    });
    const { page } = await open(`/department-lists/${ID}`, api);
    expect(page.get("article").text()).toContain("姓名相同、证件号不同");
    await button(page, "指定本人").trigger("click");
    await page.get("input[id^=reason]").setValue("户口簿核对");
    await page.get("article form").trigger("submit");
    await settle();
    expect(sent).toEqual({ seq: 1, resident_id: PERSON.id, reason: "户口簿核对" });
  });

  it("approves the hash that was read, and shows a refusal without losing the page", async () => {
    const bodies: unknown[] = [];
    const api = routes(["lists:approve"], list(), [row()], {
      [`POST ${BASE}/${ID}/approvals`]: (_url, request) => {
        void request.json().then((body: unknown) => bodies.push(body));
        return problem(409, "名单内容已变化，请重新查看后再复核");
      },
    });
    const { page } = await open(`/department-lists/${ID}`, api);
    await button(page, "复核采用").trigger("click");
    await settle();
    expect(bodies).toEqual([{ content_hash: "a".repeat(64) }]);
    expect(page.get("[role=alert]").text()).toContain("名单内容已变化");
    expect(page.text()).toContain("陈秀英");
  });

  it("lists what was brought, and what is wrong with a new file", async () => {
    const api = routes(["lists:submit"], list(), [], {
      [`POST ${BASE}`]: (_url, request) => {
        expect(request.headers.get("content-type")).toMatch(/^multipart\/form-data/);
        expect(request.headers.get("idempotency-key")).toMatch(/^[0-9a-f]{32}$/);
        return problem(422, "表头缺少必需的列");
      },
    });
    const { page } = await open("/department-lists", api);
    expect(page.get("a.one").text()).toContain("残疾名单");
    const complete = page.get<HTMLInputElement>("input[type=checkbox]");
    expect(complete.element.disabled).toBe(true);
    await page.get("#kind").setValue("dibao");
    expect(page.get<HTMLInputElement>("#department").element.value).toBe("民政局");
    expect(complete.element.disabled).toBe(false);
    const input = page.get<HTMLInputElement>("#file");
    Object.defineProperty(input.element, "files", { value: [new File(["x"], "a.csv")] });
    await input.trigger("change");
    await page.get("form").trigger("submit");
    await settle();
    expect(page.get("[role=alert]").text()).toContain("表头缺少必需的列");
  });
});
