import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory } from "vue-router";

import App from "@/App.vue";
import { makeRouter } from "@/router";
import { problem, resident, SESSION, stubApi, type Reply, type Routes } from "@/testing";

const ID = "4407830000000900";
const FIRST = "4407830000000001";
const SECOND = "4407830000000002";
let wrapper: VueWrapper | null = null;

function side(id: string, over: Record<string, unknown> = {}) {
  return {
    resident: { ...resident({ id, enrolment_state: null, benefit_state: null }), hukou_kind: "rural", disability_grade: null, remark: null },
    holds: [],
    offered: ["phone"],
    refusal_code: null,
    refusal: null,
    ...over,
  };
}

function pair(over: Record<string, unknown> = {}) {
  return {
    id: ID,
    division_code: "440783001201",
    state: "proposed",
    score: 70,
    reasons: ["same_name", "birth_one_part"],
    first: side(FIRST),
    second: side(SECOND),
    differences: ["birth_date"],
    keep_id: null,
    take: [],
    proposed_by_id: null,
    decided_by_id: null,
    history: [],
    version: 3,
    ...over,
  };
}

function as(...permissions: string[]): Routes {
  const actor = { ...SESSION.actor, permissions: ["residents:read", "duplicates:read", ...permissions] };
  return { "GET /api/v1/sessions/current": () => ({ status: 200, body: { ...SESSION, actor } }) };
}

async function open(path: string, routes: Routes): Promise<VueWrapper> {
  const { forgetSession, loadSession } = await import("@/session");
  forgetSession();
  stubApi(routes);
  await loadSession();
  const router = makeRouter(createMemoryHistory());
  wrapper = mount(App, { attachTo: document.body, global: { plugins: [router] } });
  await router.push(path);
  await settle();
  return wrapper;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await flushPromises();
    await vi.dynamicImportSettled();
  }
}

function button(page: VueWrapper, text: string) {
  return page.findAll("button").find((one) => one.text() === text);
}

/** Answers a POST and keeps what it was asked. */
function asked(answer: () => Reply) {
  const seen: { body: unknown; match: string | null; csrf: string | null }[] = [];
  const route = (_url: URL, request: Request): Reply => {
    void request.json().then((body: unknown) => {
      seen.push({ body, match: request.headers.get("If-Match"), csrf: request.headers.get("X-CSRF-Token") });
    });
    return answer();
  };
  return { seen, route };
}

beforeEach(() => {
  document.body.innerHTML = "";
});

afterEach(() => {
  wrapper?.unmount();
  wrapper = null;
});

describe("the list of pairs", () => {
  it("shows what waits, and asks again for another state", async () => {
    const states: (string | null)[] = [];
    const page = await open("/duplicates", {
      ...as(),
      "GET /api/v1/duplicates": (url) => {
        states.push(url.searchParams.get("state"));
        const { first, second, ...rest } = pair();
        return { status: 200, body: { items: [{ ...rest, first: first.resident, second: second.resident }], next: null } };
      },
    });
    expect(page.get("a.pair").attributes("href")).toBe(`/duplicates/${ID}`);
    expect(page.get("a.pair").text()).toContain("出生年、月、日只差一项");
    await page.get("#state").setValue("merged");
    await settle();
    expect(states).toEqual([null, "merged"]);
  });
});

describe("two rows side by side", () => {
  const READ = `GET /api/v1/duplicates/${ID}`;

  it("marks what differs in words as well", async () => {
    const page = await open(`/duplicates/${ID}`, { ...as(), [READ]: () => ({ status: 200, body: pair() }) });
    const differing = page.findAll(".differs").map((row) => row.text());
    expect(differing).toHaveLength(1);
    expect(differing[0]).toContain("出生日期");
    expect(differing[0]).toContain("不同");
    expect(page.find("form").exists()).toBe(false);
  });

  it("proposes with the version that was looked at, and only what can be kept", async () => {
    const post = asked(() => ({ status: 200, body: pair({ state: "merge_proposed", keep_id: FIRST, version: 4 }) }));
    const page = await open(`/duplicates/${ID}`, {
      ...as("duplicates:propose"),
      [READ]: () => ({
        status: 200,
        body: pair({ second: side(SECOND, { refusal: "应保留已参保的登记", refusal_code: "keep-the-insured" }) }),
      }),
      [`POST /api/v1/duplicates/${ID}/proposals`]: post.route,
    });
    expect(page.text()).toContain("不能保留这一条：应保留已参保的登记");
    expect(page.get("input[value=second]").attributes("disabled")).toBeDefined();
    expect(button(page, "提出合并")?.attributes("disabled")).toBeDefined();
    await page.get("input[value=first]").setValue(true);
    await page.get("input[value=phone]").setValue(true);
    await page.get("#opinion").setValue("同一人，录错生日");
    await page.get("form").trigger("submit");
    await settle();
    expect(post.seen).toEqual([
      { body: { keep: "first", take: ["phone"], opinion: "同一人，录错生日" }, match: '"3"', csrf: "csrf-1" },
    ]);
    expect(page.get("[role=status].done").text()).toContain("等待另一人复核");
    expect(page.text()).toContain("待复核合并");
  });

  it("approves what was proposed, and hands back only with a reason", async () => {
    const post = asked(() => ({ status: 200, body: pair({ state: "merged", keep_id: SECOND, version: 5 }) }));
    const page = await open(`/duplicates/${ID}`, {
      ...as("duplicates:decide"),
      [READ]: () => ({ status: 200, body: pair({ state: "merge_proposed", keep_id: SECOND, take: ["phone"], version: 4 }) }),
      [`POST /api/v1/duplicates/${ID}/decisions`]: post.route,
    });
    expect(page.text()).toContain("并补充联系电话");
    expect(button(page, "退回重新核实")?.attributes("disabled")).toBeDefined();
    await button(page, "同意合并")?.trigger("click");
    await settle();
    expect(post.seen).toEqual([{ body: { decision: "merge", keep: "second" }, match: '"4"', csrf: "csrf-1" }]);
    expect(button(page, "撤销合并")?.attributes("disabled")).toBeDefined();
  });

  it("shows a refusal and offers to read anew what somebody else has changed", async () => {
    const page = await open(`/duplicates/${ID}`, {
      ...as("duplicates:decide"),
      [READ]: () => ({ status: 200, body: pair() }),
      [`POST /api/v1/duplicates/${ID}/decisions`]: () => problem(412, "内容已被他人修改"),
    });
    await page.get("#opinion").setValue("同名不同人");
    await button(page, "不是同一人")?.trigger("click");
    await settle();
    expect(page.get("[role=alert]").text()).toContain("内容已被他人修改");
    expect(page.find(".done").exists()).toBe(false);
    await button(page, "重试")?.trigger("click");
    await settle();
    expect(page.find("[role=alert]").exists()).toBe(false);
  });
});
