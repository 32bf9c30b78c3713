import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory } from "vue-router";

import App from "@/App.vue";
import { makeRouter } from "@/router";
import { problem, SESSION, stubApi, type Routes } from "@/testing";

let wrapper: VueWrapper | null = null;

const ID = "4407830000001234";
const SUMMARY = {
  id: ID,
  kind: "residents",
  division_code: "440783001000",
  state: "previewed",
  rows: 400,
  accepted: 0,
  unchanged: 0,
  created: 0,
  changed: 0,
  refused_rows: 0,
  job_id: "4407830000001235",
  imported_by_id: "1",
  approved_by_id: null,
  created_at: "2011-03-31T01:30:00Z",
  ended_at: null,
  version: 4,
};
const DETAIL = {
  ...SUMMARY,
  preview: {
    rows: 400,
    accepted: 380,
    created: 360,
    changed: 15,
    unchanged: 5,
    refused_rows: 20,
    warnings: 1,
    refused_by_code: { bad_checksum: 20 },
    changes: { 联系电话: 15 },
    money: null,
    needs_second_person: false,
  },
  content_hash: "a".repeat(64),
  error_code: null,
  error_detail: null,
  stored_until: null,
  refused: [{ row: 7, column: "身份证号", code: "bad_checksum", message: "校验码不对。" }],
};
const JOB = { id: "4407830000001235", state: "waiting", phase: "previewed", done: 400, total: 400 };

function routes(more: Routes = {}, permissions: string[] = []): Routes {
  const held = ["imports:read", "imports:submit", "imports:approve", "imports:run", ...permissions];
  return {
    "GET /api/v1/sessions/current": () => ({
      status: 200,
      body: { ...SESSION, actor: { ...SESSION.actor, permissions: held } },
    }),
    "GET /api/v1/imports": () => ({ status: 200, body: { items: [SUMMARY], next: null } }),
    [`GET /api/v1/imports/${ID}`]: () => ({ status: 200, body: DETAIL }),
    [`GET /api/v1/imports/${ID}/findings`]: () => ({
      status: 200,
      body: { items: [{ ...DETAIL.refused[0], severity: "refusal" }], next: null },
    }),
    [`GET /api/v1/jobs/${JOB.id}`]: () => ({ status: 200, body: JOB }),
    ...more,
  };
}

async function open(path: string, given: Routes): Promise<{ page: VueWrapper; seen: string[] }> {
  const { forgetSession, loadSession } = await import("@/session");
  forgetSession();
  const seen = stubApi(given);
  await loadSession();
  const router = makeRouter(createMemoryHistory());
  wrapper = mount(App, { attachTo: document.body, global: { plugins: [router] } });
  await router.push(path);
  await settle();
  return { page: wrapper, seen };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) {
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

describe("the imports", () => {
  it("lists what came in, and offers only the kinds that the person may bring", async () => {
    const { page } = await open("/imports", routes({}, ["enrolments:create"]));
    expect(page.text()).toContain("居民花名册");
    expect(page.text()).toContain("待确认");
    expect(page.findAll("#kind option").map((one) => one.attributes("value"))).toEqual(["residents", "enrolments"]);
    expect(page.find('a[href*="templates/residents?format=xlsx"]').exists()).toBe(true);
  });

  it("shows the preview, and approves exactly what it shows", async () => {
    let sent: Request | null = null;
    const { page } = await open(
      `/imports/${ID}`,
      routes({
        [`POST /api/v1/imports/${ID}/approvals`]: (_url, request) => {
          sent = request.clone();
          return { status: 201, body: { ...DETAIL, state: "approved" } };
        },
      }),
    );
    expect(page.text()).toContain("将新增360");
    expect(page.text()).toContain("联系电话 15 人");
    expect(page.text()).toContain("第 7 行");
    await page.get("button.primary:not([type=submit])").trigger("click");
    await settle();
    const request = sent as Request | null;
    expect(request?.headers.get("If-Match")).toBe('"4"');
    expect(request?.headers.get("Idempotency-Key")).toMatch(/^[0-9a-f]{32}$/);
    expect(await request?.json()).toEqual({ content_hash: "a".repeat(64) });
  });

  it("leaves a large one to another person", async () => {
    const large = { ...DETAIL, preview: { ...DETAIL.preview, needs_second_person: true } };
    const { page } = await open(
      `/imports/${ID}`,
      routes({ [`GET /api/v1/imports/${ID}`]: () => ({ status: 200, body: large }) }),
    );
    expect(page.text()).toContain("须由另一人");
    expect(page.findAll("button").some((one) => one.text().includes("确认入库"))).toBe(false);
  });

  it("says why a cancellation was refused and shows what there is", async () => {
    const { page } = await open(
      `/imports/${ID}`,
      routes({ [`POST /api/v1/imports/${ID}/cancellations`]: () => problem(409, "任务已经结束") }),
    );
    await page
      .findAll("button")
      .find((one) => one.text().includes("取消导入"))
      ?.trigger("click");
    await settle();
    expect(page.text()).toContain("任务已经结束");
    expect(page.text()).toContain("将新增360");
  });
});
