import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory, type Router } from "vue-router";

import App from "@/App.vue";
import { makeRouter, safeBack } from "@/router";
import { fact, figures, held, problem, resident, SESSION, stubApi, type Routes } from "@/testing";

let wrapper: VueWrapper | null = null;

const TOWN = {
  ...figures({ division_code: "440783001000", division_name: "三埠街道", level: "town" }),
  definition: "应参保与已参保的口径",
};
/** As the API gives them: the units below do not repeat the day and the target of the report. */
const CHILDREN = [
  figures({ division_code: "440783001201", division_name: "东兴村", insured: 800, rate: "80.0", gap: 0, reached: true }),
  figures({ division_code: "440783001202", division_name: "新安村" }),
].map(({ as_of: _day, target_rate: _rate, target_deadline: _deadline, ...unit }) => unit);

const SIGNED_IN: Routes = {
  "GET /api/v1/sessions/current": () => ({ status: 200, body: SESSION }),
  "GET /api/v1/divisions": () => ({ status: 200, body: { items: [], next: null } }),
  "GET /api/v1/reports/participation": () => ({ status: 200, body: { ...TOWN, children: CHILDREN } }),
  "GET /api/v1/reports/participation/trend": () => ({ status: 200, body: { items: [], next: null } }),
  "GET /api/v1/residents": (url) => ({
    status: 200,
    body: { items: url.searchParams.get("q") === "zzz" ? [] : [resident()], next: null },
  }),
};

async function open(path: string, routes: Routes): Promise<{ page: VueWrapper; router: Router; seen: string[] }> {
  const { forgetSession } = await import("@/session");
  forgetSession();
  const seen = stubApi(routes);
  const { loadSession } = await import("@/session");
  await loadSession().catch(() => undefined);
  const router = makeRouter(createMemoryHistory());
  wrapper = mount(App, { attachTo: document.body, global: { plugins: [router] } });
  await router.push(path);
  await settle();
  return { page: wrapper, router, seen };
}

/** Pages are loaded lazily, so more than one turn passes until they stand. */
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

describe("signing in", () => {
  const OUT: Routes = {
    ...SIGNED_IN,
    "GET /api/v1/sessions/current": () => problem(401, "请先登录"),
    "GET /api/v1/demo-users": () => problem(404, "没有找到"),
  };

  it("brings the person back to where they wanted to go", async () => {
    const { page, router } = await open("/residents?q=cxy", {
      ...OUT,
      "POST /api/v1/sessions": () => ({ status: 201, body: SESSION }),
    });
    expect(router.currentRoute.value.path).toBe("/login");
    expect(page.text()).not.toContain("演示账号");
    await page.get("#username").setValue("town");
    await page.get("#password").setValue("secret");
    await page.get("form").trigger("submit");
    await settle();
    expect(router.currentRoute.value.fullPath).toBe("/residents?q=cxy");
    expect(page.get("header").text()).toContain("三埠街道");
  });

  it("shows a refusal in place and empties the password", async () => {
    const { page } = await open("/login", {
      ...OUT,
      "POST /api/v1/sessions": () => problem(401, "用户名或密码不正确"),
    });
    await page.get("#username").setValue("town");
    await page.get("#password").setValue("wrong");
    await page.get("form").trigger("submit");
    await settle();
    expect(page.get("[role=alert]").text()).toContain("用户名或密码不正确");
    expect(page.get<HTMLInputElement>("#password").element.value).toBe("");
    expect(page.get<HTMLInputElement>("#username").element.value).toBe("town");
  });

  it("offers the demo accounts only where the API does", async () => {
    const user = { username: "clerk", password: "demo", role: "town_clerk", display_name: "张晓敏" };
    const { page } = await open("/login", {
      ...OUT,
      "GET /api/v1/demo-users": () => ({ status: 200, body: { items: [user] } }),
    });
    expect(page.text()).toContain("街道经办员");
  });

  it("never goes to another site afterwards", () => {
    expect(safeBack("/residents?q=1")).toBe("/residents?q=1");
    for (const bad of ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/login", null]) {
      expect(safeBack(bad)).toBe("/");
    }
  });
});

describe("progress", () => {
  it("says how many are missing and ranks the villages, worst first, each a link", async () => {
    const { page } = await open("/progress", SIGNED_IN);
    expect(page.get(".headline").text().replace(/\s+/g, "")).toBe("还差150人参保缴费，才能达到75%的目标");
    const links = page.findAll(".ranking a");
    expect(links.map((link) => link.attributes("href"))).toEqual([
      "/progress/440783001202",
      "/progress/440783001201",
    ]);
    expect(page.get(".gauge desc").text()).toContain("已登记 640 人，登记率 64.0%");
    expect(page.text()).toContain("还没有进度快照");
    expect(page.get(".ranking line.goal").attributes("x1")).toBe("75.0%");
    await page.get(".order select").setValue("ahead");
    expect(page.get(".ranking .name").text()).toBe("东兴村");
  });

  it("asks for the picked day", async () => {
    const { page, seen } = await open("/progress", SIGNED_IN);
    await page.get("#as-of").setValue("2010-11-30");
    await page.get("#as-of").trigger("change");
    await settle();
    expect(seen).toContain("GET /api/v1/reports/participation?division=440783001000&as_of=2010-11-30");
  });

  it("draws the whole course, also when it comes in several pages", async () => {
    const point = (as_of: string, rate: string) => ({
      as_of,
      eligible: 1000,
      insured: 1,
      registered: 1,
      rate,
      reached: false,
    });
    const { page } = await open("/progress", {
      ...SIGNED_IN,
      "GET /api/v1/reports/participation/trend": (url) => ({
        status: 200,
        body:
          url.searchParams.get("after") === null
            ? { items: [point("2010-10-31", "20.0")], next: "c2" }
            : { items: [point("2010-11-30", "60.0")], next: null },
      }),
    });
    expect(page.findAll(".trend circle")).toHaveLength(2);
    expect(page.get(".trend desc").text()).toContain("从2010年10月31日的 20.0% 到2010年11月30日的 60.0%");
  });

  it("shows the request id of a failure and tries again", async () => {
    let broken = true;
    const { page } = await open("/progress", {
      ...SIGNED_IN,
      "GET /api/v1/reports/participation": () =>
        broken ? problem(503, "系统暂时不能处理") : { status: 200, body: { ...TOWN, children: [] } },
    });
    expect(page.get("[role=alert]").text()).toContain("req-1");
    broken = false;
    await page.get("[role=alert] button").trigger("click");
    await settle();
    expect(page.find("[role=alert]").exists()).toBe(false);
    expect(page.text()).toContain("还没有下级单位的数据");
  });

  it("sends the person to the sign-in page when the session is over", async () => {
    const { router } = await open("/progress", {
      ...SIGNED_IN,
      "GET /api/v1/reports/participation": () => problem(401, "请先登录"),
      "GET /api/v1/demo-users": () => problem(404, "没有找到"),
    });
    expect(router.currentRoute.value.fullPath).toBe("/login?back=/progress");
  });
});

describe("residents", () => {
  it("waits for a pause in typing and then asks once", async () => {
    const { page, seen } = await open("/residents", SIGNED_IN);
    expect(page.text()).toContain("共 1 人");
    vi.useFakeTimers();
    for (const text of ["z", "zz", "zzz"]) await page.get("#q").setValue(text);
    await vi.advanceTimersByTimeAsync(400);
    vi.useRealTimers();
    await settle();
    expect(seen.filter((call) => call.includes("q="))).toEqual(["GET /api/v1/residents?limit=30&q=zzz"]);
    expect(page.text()).toContain("没有找到“zzz”");
  });

  it("does not search for letters still in the input method", async () => {
    const { page, seen } = await open("/residents", SIGNED_IN);
    vi.useFakeTimers();
    await page.get("#q").trigger("compositionstart");
    await page.get("#q").setValue("chen");
    await vi.advanceTimersByTimeAsync(400);
    vi.useRealTimers();
    expect(seen.filter((call) => call.includes("q="))).toEqual([]);
  });

  it("asks what is chosen, keeps it in the address and takes it back", async () => {
    const { page, router, seen } = await open("/residents?q=c&age_from=60", SIGNED_IN);
    expect(page.get("details.filters").attributes("open")).toBeDefined();
    expect(page.get("details.filters summary").text()).toContain("已用 1 项");
    await page.get("#category").setValue("dibao");
    await settle();
    expect(router.currentRoute.value.query).toEqual({ q: "c", age_from: "60", category: "dibao" });
    expect(seen.at(-1)).toBe("GET /api/v1/residents?limit=30&q=c&category=dibao&age_from=60");
    const clear = page.findAll("button").find((button) => button.text() === "清除这些条件");
    await clear?.trigger("click");
    await settle();
    expect(router.currentRoute.value.query).toEqual({ q: "c" });
  });

  it("does not ask for an age that is none", async () => {
    const { page, seen } = await open("/residents", SIGNED_IN);
    const before = seen.length;
    await page.get("#age_from").setValue("200");
    await settle();
    expect(seen.length).toBe(before);
  });

  it("goes on by itself while pages are short, and stops at a full one", async () => {
    const { page, seen } = await open("/residents?group=9", {
      ...SIGNED_IN,
      "GET /api/v1/residents": (url) => {
        const after = Number(url.searchParams.get("after") ?? "0");
        return { status: 200, body: { items: after < 2 ? [] : [resident()], next: after < 3 ? String(after + 1) : null } };
      },
    });
    expect(seen.filter((call) => call.includes("/residents?"))).toHaveLength(4);
    expect(page.text()).toContain("共 2 人");
  });

  it("walks from the field into the results with the arrow key", async () => {
    const { page } = await open("/residents", SIGNED_IN);
    await page.get("#q").trigger("keydown", { key: "ArrowDown" });
    expect(document.activeElement?.textContent?.trim()).toBe("陈秀英");
  });
});

describe("one resident", () => {
  const ID = "4407830000000001";
  const ROUTES: Routes = {
    ...SIGNED_IN,
    [`GET /api/v1/residents/${ID}`]: () => ({
      status: 200,
      body: { ...resident(), hukou_kind: "rural", categories: ["dibao"], address: null, version: 1 },
    }),
    [`GET /api/v1/accounts/${ID}`]: () => problem(404, "没有个人账户"),
    [`GET /api/v1/residents/${ID}/facts`]: () => ({ status: 200, body: { items: [fact({ kind: "dibao" })], next: null } }),
    [`GET /api/v1/residents/${ID}/documents`]: () => ({
      status: 200,
      body: {
        items: [
          held({ id: null, is_current: true }),
          held({ id: "9", number_masked: "440783********1111", valid_to: "2011-03-01", reason: "corrected", is_barred: true }),
        ],
      },
    }),
    [`GET /api/v1/residents/${ID}/timeline`]: (url) => ({
      status: 200,
      body:
        url.searchParams.get("after") === null
          ? { items: [event("2011-03-02", "contribution", "缴费入账", "200.00")], next: "c2" }
          : { items: [event("2010-12-01", "enrolment", "参保登记", null)], next: null },
    }),
  };

  function event(at: string, kind: string, title: string, amount: string | null) {
    return { at, kind, title, detail: "", amount, actor: null, subject_kind: null, subject_id: null, attachments: [] };
  }

  it("shows the documents of the person, and which of them are not in use", async () => {
    const { page } = await open(`/residents/${ID}`, ROUTES);
    const rows = page.findAll(".documents li").map((row) => row.text());
    expect(rows[0]).toContain("现用");
    expect(rows[1]).toContain("曾用");
    expect(rows[1]).toContain("2011年3月1日");
    expect(rows[1]).toContain("已停用，不能再登记");
    expect(page.find(".banner").exists()).toBe(false);
  });

  it("sends who reads a merged row to the one that was kept, and warns of an identity changed twice", async () => {
    const { page } = await open(`/residents/${ID}`, {
      ...ROUTES,
      [`GET /api/v1/residents/${ID}`]: () => ({
        status: 200,
        body: {
          ...resident({ status: "merged" }),
          hukou_kind: "rural",
          categories: [],
          merged_into_id: "4407830000000002",
          identity_changed_twice: true,
          version: 2,
        },
      }),
    });
    const banners = page.findAll(".banner");
    expect(banners).toHaveLength(2);
    expect(banners[0]?.get("a").attributes("href")).toBe("/residents/4407830000000002");
    expect(banners[1]?.text()).toContain("姓名和证件号码都曾变更");
    expect(page.text()).toContain("已并入");
  });

  const SOURCE = { kind: "other", id: "5", name: null };
  const HISTORY: Routes = {
    ...ROUTES,
    [`GET /api/v1/residents/${ID}`]: (url) =>
      url.searchParams.get("as_of") === "2000-01-01"
        ? problem(404, "没有找到")
        : {
            status: 200,
            body: { ...resident(), hukou_kind: "rural", categories: [], address: url.searchParams.get("as_of"), version: 1 },
          },
    [`GET /api/v1/residents/${ID}/versions`]: () => ({
      status: 200,
      body: {
        items: [
          {
            version: 2,
            since: "2011-03-02T01:30:00Z",
            until: null,
            source: { kind: "user", id: "7", name: "张晓敏" },
            changes: [{ field: "address", label: "户籍地址", old: null, new: "新址" }],
          },
          { version: 1, since: "2011-03-01T01:30:00Z", until: "2011-03-02T01:30:00Z", source: SOURCE, changes: [] },
        ],
        next: null,
      },
    }),
    [`GET /api/v1/residents/${ID}/sources`]: () => ({
      status: 200,
      body: { items: [{ field: "name", label: "姓名", value: "陈秀英", since: null, version: null, source: null }] },
    }),
  };

  async function unfold(page: VueWrapper, at: number): Promise<void> {
    const details = page.findAll("[aria-labelledby=history-title] details")[at];
    (details?.element as HTMLDetailsElement).open = true;
    await details?.trigger("toggle");
    await settle();
  }

  it("shows what changed from what to what only when it is asked for", async () => {
    const { page, seen } = await open(`/residents/${ID}`, HISTORY);
    expect(seen.some((call) => call.includes("/versions"))).toBe(false);
    await unfold(page, 0);
    const versions = page.findAll(".version").map((one) => one.text());
    expect(versions[0]).toContain("户籍地址");
    expect(versions[0]).toContain("（空）");
    expect(versions[0]).toContain("张晓敏");
    expect(versions[1]).toContain("登记入册");
    expect(versions[1]).toContain("其他单位");
    await unfold(page, 1);
    expect(page.get(".sources").text()).toContain("在原单位登记");
  });

  it("shows the person as of a day, and says when there was none", async () => {
    const { page } = await open(`/residents/${ID}`, HISTORY);
    await page.get("#as-of").setValue("2011-03-04");
    await page.get("form.day").trigger("submit");
    await settle();
    expect(page.get(".then").text()).toContain("2011年3月4日终了时的资料");
    expect(page.get(".then").text()).toContain("2011-03-04");
    await page.get("#as-of").setValue("2000-01-01");
    await page.get("form.day").trigger("submit");
    await settle();
    expect(page.get(".then").text()).toContain("还没有这位居民的资料");
  });

  it("shows the person without an account, and earlier events on request", async () => {
    const { page } = await open(`/residents/${ID}`, ROUTES);
    expect(page.get("h1").text()).toBe("陈秀英");
    expect(page.text()).toContain("低保");
    expect(page.text()).toContain("还没有个人账户");
    expect(page.text()).toContain("凭据：学生证 2010-113");
    expect(page.find("[role=alert]").exists()).toBe(false);
    expect(page.get(".event").text()).toContain("¥200.00");
    const more = page.findAll("button").find((button) => button.text() === "再看早一些的");
    await more?.trigger("click");
    await settle();
    expect(page.findAll(".year h3").map((title) => title.text())).toEqual(["2011 年", "2010 年"]);
  });
});
