import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory } from "vue-router";

import App from "@/App.vue";
import { changeBody, emptyChange, shapeOf } from "@/composables/changeDraft";
import { makeRouter } from "@/router";
import { problem, SESSION, stubApi, type Routes } from "@/testing";

let wrapper: VueWrapper | null = null;

const REVIEWER = {
  ...SESSION,
  actor: {
    ...SESSION.actor,
    user_id: "7",
    role: "town_reviewer",
    permissions: ["cases:read", "enrolments:review", "changes:review", "residents:read", "reports:read"],
  },
};
const ITEM = {
  kind: "change_request",
  id: "4407830000000011",
  title: "变更：姓名",
  resident_id: "4407830000000001",
  resident_name: "陈秀英",
  division_code: "440783001210",
  division_name: "石海村委会",
  state: "village_checked",
  step: "township_review",
  since_on: "2011-03-01",
  due_on: "2011-03-15",
  is_overdue: true,
  round: 1,
  stop: null,
  decidable: true,
  obstacle: null,
  on_behalf_of_id: null,
  version: 2,
};
const OWN = { ...ITEM, id: "4407830000000012", resident_name: "陈本人", decidable: false, obstacle: "本人经办的业务须由他人复核。" };
const CASE = {
  id: ITEM.id,
  resident_id: ITEM.resident_id,
  resident_name: "陈秀英",
  division_code: ITEM.division_code,
  division_name: ITEM.division_name,
  kind: "name",
  state: "village_checked",
  next_step: "township_review",
  last_step: "county_approval",
  clause: "变更登记",
  round: 1,
  requested_on: "2011-03-01",
  effective_on: "2011-03-01",
  since_on: "2011-03-01",
  due_on: "2011-03-15",
  applied_on: null,
  created_by_id: "9",
  version: 2,
  proof: "household_book",
  proof_number_masked: null,
  remark: null,
  differences: [{ label: "姓名", old: "陈秀英", new: "陈秀瑛", changed: true }],
  facts: [{ label: "参保", value: "已参保" }],
  conflicts: [{ code: "related-request-open", message: "同一人另有“银行账号”变更正在办理。", request_id: "4407830000000099" }],
  decisions: [],
  waiting: { since_on: "2011-03-01", due_on: "2011-03-15", is_overdue: true, stop: null, decidable: true, obstacle: null },
};
const ROUTES: Routes = {
  "GET /api/v1/sessions/current": () => ({ status: 200, body: REVIEWER }),
  "GET /api/v1/work-items/counts": () => ({
    status: 200,
    body: {
      today: "2011-03-31",
      items: [{ box: "waiting", kind: "change_request", step: "township_review", total: 2, overdue: 2 }],
    },
  }),
  "GET /api/v1/work-items": () => ({ status: 200, body: { items: [ITEM, OWN], next: null } }),
  [`GET /api/v1/change-requests/${ITEM.id}`]: () => ({ status: 200, body: CASE }),
};

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await flushPromises();
    await vi.dynamicImportSettled();
  }
}

async function open(path: string, routes: Routes) {
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

beforeEach(() => {
  document.body.innerHTML = "";
});

afterEach(() => {
  wrapper?.unmount();
  wrapper = null;
});

describe("今日待办", () => {
  it("is where who has work begins, overdue marked, one's own case not to be chosen", async () => {
    const { page, router } = await open("/", ROUTES);
    expect(router.currentRoute.value.path).toBe("/work");
    expect(page.text()).toContain("逾期 2");
    expect(page.text()).toContain("逾期，应于3月15日");
    const boxes = page.findAll('.pick input[type="checkbox"]');
    expect(boxes.map((one) => (one.element as HTMLInputElement).disabled)).toEqual([false, true]);
    expect(page.text()).toContain(OWN.obstacle);
  });

  it("approves what was chosen and says what stayed", async () => {
    const sent: unknown[] = [];
    const { page } = await open("/work", {
      ...ROUTES,
      "POST /api/v1/change-requests/decisions": (_url, request) => {
        void request.json().then((body: unknown) => sent.push(body));
        return {
          status: 200,
          body: {
            items: [{ id: ITEM.id, decided: false, state: "village_checked", code: "old-value-changed", message: "原内容已被另行变更" }],
            decided: 0,
            refused: 1,
          },
        };
      },
    });
    await page.get(`.pick input[value="${ITEM.id}"]`).setValue(true);
    await page.get(".acting button").trigger("click");
    await settle();
    expect(sent).toEqual([{ step: "township_review", decision: "approve", stamped: false, ids: [ITEM.id] }]);
    expect(page.get(".outcome").text()).toContain("陈秀英：原内容已被另行变更");
  });
});

describe("a case", () => {
  it("shows old and new, what stands against it, and wants a reason for a no", async () => {
    const { page, seen } = await open(`/cases/change_request/${ITEM.id}`, ROUTES);
    expect(page.get("del").text()).toBe("陈秀英");
    expect(page.get("ins").text()).toBe("陈秀瑛");
    expect(page.get(".warning").text()).toContain("银行账号");
    await page.findAll("button").find((one) => one.text() === "退回补正")?.trigger("click");
    await settle();
    expect(page.get("#opinion-missing").text()).toContain("理由");
    expect(seen.some((one) => one.startsWith("POST"))).toBe(false);
  });

  it("sends the version that was looked at, and stays where the answer is a refusal", async () => {
    let header: string | null = null;
    const { page, router } = await open(`/cases/change_request/${ITEM.id}`, {
      ...ROUTES,
      [`POST /api/v1/change-requests/${ITEM.id}/decisions`]: (_url, request) => {
        header = request.headers.get("if-match");
        return problem(412, "内容已被他人修改");
      },
    });
    await page.get("form").trigger("submit");
    await settle();
    expect(header).toBe('"2"');
    expect(page.get('[role="alert"]').text()).toContain("内容已被他人修改");
    expect(router.currentRoute.value.name).toBe("case");
  });
});

describe("the form of a change", () => {
  const base = { effective_on: "2011-03-01", proof: "household_book" as const };

  it("sends only what belongs to the kind", () => {
    const draft = { ...emptyChange(), ...base, value: " 13900139000 ", tier: "100.00", household_number: "9" };
    expect(changeBody({ ...draft, kind: "phone" })).toEqual({ kind: "phone", ...base, value: "13900139000" });
    expect(changeBody({ ...draft, kind: "tier" })).toEqual({ kind: "tier", ...base, tier: "100.00" });
    expect(changeBody({ ...draft, kind: "category", fact: "dibao" })).toEqual({
      kind: "category",
      ...base,
      fact: "dibao",
      holds: true,
    });
    expect(shapeOf("household_head")).toBe("house");
  });

  it("tells who leaves and whose relation changes where they stay", () => {
    const member = (id: string, before: string, relation: string, leaves: boolean) => ({ id, name: id, before, relation, leaves });
    const members = [
      member("1", "户主", "户主", false),
      member("2", "配偶", "其他", false),
      member("3", "儿子", "户主", true),
    ];
    const draft = { ...emptyChange(), ...base, kind: "household_split" as const, household_number: " 新1 ", members };
    expect(changeBody(draft)).toEqual({
      kind: "household_split",
      ...base,
      household_number: "新1",
      leaving: { 3: "户主" },
      staying: { 2: "其他" },
    });
  });
});
