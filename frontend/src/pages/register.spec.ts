import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory } from "vue-router";

import App from "@/App.vue";
import FactList from "@/components/FactList.vue";
import { makeRouter } from "@/router";
import { fact, problem, registerEntry, registerTotals, SESSION, stubApi, type Routes } from "@/testing";

let wrapper: VueWrapper | null = null;

function signedIn(...permissions: string[]): Routes {
  const actor = { ...SESSION.actor, permissions: ["reports:read", "residents:read", ...permissions] };
  return {
    "GET /api/v1/sessions/current": () => ({ status: 200, body: { ...SESSION, actor } }),
    "GET /api/v1/divisions": () => ({ status: 200, body: { items: [], next: null } }),
    "GET /api/v1/participation-register/totals": (url) => ({
      status: 200,
      body: registerTotals({ as_of: url.searchParams.get("as_of") ?? "2011-03-31" }),
    }),
    "GET /api/v1/participation-register": () => ({
      status: 200,
      body: {
        items: [
          registerEntry(),
          registerEntry({
            resident_id: "4407830000000002",
            name: "梁志强",
            status: "excluded",
            reason: "student",
            reason_since: "2010-09-01",
            reason_evidence: "学生证 2010-113",
          }),
        ],
        next: null,
      },
    }),
  };
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

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await flushPromises();
    await vi.dynamicImportSettled();
  }
}

beforeEach(() => {
  document.body.innerHTML = "";
});

afterEach(() => {
  wrapper?.unmount();
  wrapper = null;
});

describe("register", () => {
  it("shows totals that are links to their names, and the reason with its evidence", async () => {
    const { page, router, seen } = await open("/register?division=440783001201", signedIn());
    expect(page.text()).toContain("应参保 90 人");
    expect(page.text()).toContain("在校学生，2010年9月1日起");
    expect(page.text()).toContain("凭据：学生证 2010-113");
    const unexplained = page.findAll(".line").find((line) => line.text().includes("还没有说明原因"));
    await unexplained?.trigger("click");
    await settle();
    expect(router.currentRoute.value.query).toMatchObject({ status: "not_enrolled", reason: "unexplained" });
    expect(seen.at(-1)).toContain("status=not_enrolled&reason=unexplained");
  });

  it("lets a village say why at the door, and nothing that changes who should be insured", async () => {
    const sent: unknown[] = [];
    const { page, seen } = await open("/register", {
      ...signedIn("facts:explain"),
      "POST /api/v1/residents/4407830000000001/facts": (_, request) => {
        sent.push(request.headers.get("X-CSRF-Token"), (request.headers.get("Idempotency-Key") ?? "").length);
        return { status: 201, body: fact({ kind: "unreachable", effect: "explains" }) };
      },
    });
    await page.get(".ask:not(form)").trigger("click");
    await settle();
    const form = page.get("form.reason");
    const choices = form.findAll(".choice").map((button) => button.text());
    expect(choices).toEqual(["无意愿", "外出联系不上", "空挂户", "死亡未销户"]);
    await form.trigger("submit");
    expect(form.get("[role=alert]").text()).toContain("请选择原因");
    await form.findAll(".choice")[1]?.trigger("click");
    const before = seen.length;
    await form.trigger("submit");
    await settle();
    expect(sent).toEqual(["csrf-1", 32]);
    expect(page.find("form.reason").exists()).toBe(false);
    expect(seen.slice(before).some((one) => one.includes("/totals"))).toBe(true);
  });

  it("asks the office for a paper, and shows a refusal where it was met", async () => {
    const { page } = await open("/register", {
      ...signedIn("facts:explain", "facts:write"),
      "POST /api/v1/residents/4407830000000001/facts": () => problem(409, "与已登记的同类情况在时间上重叠"),
    });
    await page.get(".ask:not(form)").trigger("click");
    await settle();
    const form = page.get("form.reason");
    const student = form.findAll(".choice").find((button) => button.text() === "在校学生");
    await student?.trigger("click");
    const evidence = form.get<HTMLInputElement>("input:not([type=date])");
    expect(evidence.element.value).toBe("");
    await evidence.setValue("学生证 2011-7");
    await form.trigger("submit");
    await settle();
    expect(page.get("form.reason").text()).toContain("与已登记的同类情况在时间上重叠");
  });

  it("only shows a list of the past", async () => {
    const { page } = await open("/register?as_of=2010-12-31", signedIn("facts:explain"));
    expect(page.find("button.ask").exists()).toBe(false);
    expect(page.text()).toContain("这是过去某一天的名册");
    expect(page.get("a[download]").attributes("href")).toBe("/api/v1/participation-register/workbook?as_of=2010-12-31");
  });
});

describe("facts of a person", () => {
  it("puts what holds first and tells what ended or was void", () => {
    const list = mount(FactList, {
      props: {
        facts: [
          fact({ id: "1", kind: "dibao", effect: "category", ended_on: "2011-01-01" }),
          fact({ id: "2", kind: "disability", value: "2", effect: "category", begins_on: null }),
          fact({ id: "3", kind: "soldier", voided_at: "2011-02-01T00:00:00Z", void_reason: "录错人" }),
        ],
      },
    });
    const rows = list.findAll("li").map((row) => row.text());
    expect(rows[0]).toContain("残疾二级");
    expect(rows[0]).toContain("首次登记时已有");
    expect(rows[1]).toContain("2011年1月1日终止");
    expect(rows[2]).toContain("已作废");
    expect(rows[2]).toContain("录错人");
  });
});
