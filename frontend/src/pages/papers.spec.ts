import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryHistory } from "vue-router";

import App from "@/App.vue";
import { makeRouter } from "@/router";
import { problem, resident, SESSION, stubApi, type Routes } from "@/testing";

let wrapper: VueWrapper | null = null;
const ID = "4407830000000001";
const PAPER = {
  id: "4407830000000077",
  kind: "id_card",
  title: "身份证",
  media_type: "image/jpeg",
  resident_id: ID,
  division_code: "440783001201",
  size_bytes: 2048,
  subjects: [],
  uploaded_by_id: "1",
  uploaded_by: "张晓敏",
  created_at: "2011-03-02T01:30:00Z",
  voided_at: null,
  void_reason: null,
  version: 1,
};

function signedIn(...permissions: string[]): Routes {
  const actor = { ...SESSION.actor, permissions: ["residents:read", ...permissions] };
  return {
    "GET /api/v1/sessions/current": () => ({ status: 200, body: { ...SESSION, actor } }),
    "GET /api/v1/divisions": () => ({ status: 200, body: { items: [], next: null } }),
  };
}

async function open(path: string, routes: Routes): Promise<{ page: VueWrapper; seen: string[] }> {
  const { forgetSession, loadSession } = await import("@/session");
  forgetSession();
  const seen = stubApi(routes);
  await loadSession();
  const router = makeRouter(createMemoryHistory());
  wrapper = mount(App, { attachTo: document.body, global: { plugins: [router] } });
  await router.push(path);
  await settle();
  return { page: wrapper, seen };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await flushPromises();
    await vi.dynamicImportSettled();
  }
}

beforeEach(() => {
  document.body.innerHTML = "";
  // jsdom knows the element and not its methods.
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close ??= function (this: HTMLDialogElement) {
    this.open = false;
  };
});

afterEach(() => {
  wrapper?.unmount();
  wrapper = null;
  vi.unstubAllGlobals();
});

describe("papers of a resident", () => {
  const EVENT = {
    at: "2011-03-02",
    kind: "enrolment_applied",
    title: "申请参保",
    detail: "按年缴费",
    amount: null,
    actor: null,
    subject_kind: "enrolment",
    subject_id: "4407830000000055",
    attachments: [{ id: PAPER.id, kind: "id_card", title: "身份证", media_type: "image/jpeg" }],
  };
  const ROUTES: Routes = {
    ...signedIn("attachments:read", "attachments:write"),
    [`GET /api/v1/residents/${ID}`]: () => ({
      status: 200,
      body: { ...resident(), hukou_kind: "rural", categories: [], address: null, version: 1, household_id: "4407830000000009", household_number: "12" },
    }),
    [`GET /api/v1/accounts/${ID}`]: () => problem(404, "没有个人账户"),
    [`GET /api/v1/residents/${ID}/facts`]: () => ({ status: 200, body: { items: [], next: null } }),
    [`GET /api/v1/residents/${ID}/documents`]: () => ({ status: 200, body: { items: [], next: null } }),
    [`GET /api/v1/cancellations`]: () => ({ status: 200, body: { items: [], next: null } }),
    [`GET /api/v1/residents/${ID}/timeline`]: () => ({ status: 200, body: { items: [EVENT], next: null } }),
    [`GET /api/v1/residents/${ID}/attachments`]: () => ({ status: 200, body: { items: [PAPER], next: null } }),
  };

  it("leads from an event to its paper and asks for the bytes only then", async () => {
    const { page } = await open(`/residents/${ID}`, ROUTES);
    expect(page.find("img").exists()).toBe(false);
    expect(page.get(".facts a").attributes("href")).toBe("/households/4407830000000009");
    await page.get(".event .paper-link").trigger("click");
    await settle();
    expect(page.get<HTMLDialogElement>("dialog").element.open).toBe(true);
    expect(page.get("dialog img").attributes("src")).toBe(`/api/v1/attachments/${PAPER.id}/content`);
    expect(page.get("dialog img").attributes("alt")).toContain("身份证");
  });

  it("sends a file with its kind, its case and without its name, and tells a refusal", async () => {
    const sent: { form: FormData; headers: Record<string, string> }[] = [];
    class Request {
      static status = 415;
      upload = { addEventListener: () => undefined };
      status = Request.status;
      responseText = JSON.stringify({ title: "不支持这种文件", status: 415, code: "x", errors: [] });
      headers: Record<string, string> = {};
      private loaded: () => void = () => undefined;
      open(method: string, path: string): void {
        expect(`${method} ${path}`).toBe(`POST /api/v1/residents/${ID}/attachments`);
      }
      setRequestHeader(name: string, value: string): void {
        this.headers[name] = value;
      }
      addEventListener(kind: string, listener: () => void): void {
        if (kind === "load") this.loaded = listener;
      }
      abort(): void {
        // A finished request has nothing left to abort, in browsers too.
      }
      send(form: FormData): void {
        sent.push({ form, headers: this.headers });
        this.loaded();
      }
    }
    vi.stubGlobal("XMLHttpRequest", Request);
    const { page, seen } = await open(`/residents/${ID}`, ROUTES);
    await page.get("#paper-kind").setValue("hukou_book");
    const input = page.get<HTMLInputElement>("input[type=file]");
    const file = new File(["x"], "陈秀英身份证.heic");
    Object.defineProperty(input.element, "files", { value: [file], configurable: true });
    await input.trigger("change");
    await settle();
    const [first] = sent;
    expect(first?.headers["X-CSRF-Token"]).toBe("csrf-1");
    expect(first?.form.get("kind")).toBe("hukou_book");
    expect(first?.form.get("subject_id")).toBe("4407830000000055");
    expect((first?.form.get("file") as File).name).toBe("file");
    expect(page.get("[role=alert]").text()).toContain("不支持这种文件");
    const before = seen.filter((call) => call.includes("/attachments")).length;
    Request.status = 201;
    await input.trigger("change");
    await settle();
    expect(page.find("[role=alert]").exists()).toBe(false);
    expect(seen.filter((call) => call.includes("/attachments")).length).toBe(before + 1);
  });

  it("offers nothing to who may only look, and hides papers from who may not", async () => {
    const reader = await open(`/residents/${ID}`, { ...ROUTES, ...signedIn("attachments:read") });
    expect(reader.page.find("input[type=file]").exists()).toBe(false);
    expect(reader.page.text()).toContain("证件与材料");
    wrapper?.unmount();
    const finance = await open(`/residents/${ID}`, { ...ROUTES, ...signedIn() });
    expect(finance.page.text()).not.toContain("证件与材料");
    expect(finance.seen.some((call) => call.includes("/attachments"))).toBe(false);
  });

  it("voids with a reason and the version that was seen", async () => {
    const bodies: unknown[] = [];
    const { page } = await open(`/residents/${ID}`, {
      ...ROUTES,
      [`POST /api/v1/attachments/${PAPER.id}/voids`]: (_url, request) => {
        bodies.push(request.headers.get("If-Match"), request.headers.get("X-CSRF-Token"));
        return { status: 200, body: { ...PAPER, version: 2 } };
      },
    });
    await page.get("button[aria-label=作废身份证]").trigger("click");
    await page.get(`#reason-${PAPER.id}`).setValue("拍错了");
    await page.get("form.void").trigger("submit");
    await settle();
    expect(bodies).toEqual(['"1"', "csrf-1"]);
    expect(page.find("form.void").exists()).toBe(false);
  });
});

describe("houses", () => {
  const HOUSE = {
    id: "4407830000000009",
    division_code: "440783001201",
    division_name: "东兴村",
    number: "12",
    village_group: "3",
    members: 2,
    unpaid: 1,
    due: "300.00",
  };

  it("keeps the search in the address and shows arrears as the API gives them", async () => {
    const { page, seen } = await open("/households?arrears=1&number=1", {
      ...signedIn(),
      "GET /api/v1/households": () => ({ status: 200, body: { items: [HOUSE], next: null } }),
    });
    expect(seen).toContain("GET /api/v1/households?limit=30&number=1&arrears=true");
    expect(page.get(".house").text().replace(/\s+/g, "")).toContain("1人今年还没缴·¥300.00");
    await page.get("input[type=checkbox]").setValue(false);
    await settle();
    expect(seen[seen.length - 1]).toBe("GET /api/v1/households?limit=30&number=1");
  });

  it("puts who has something to do first", async () => {
    const idle = { ...resident({ name: "陈老" }), relation: "父亲", paid_this_year: null, due: "0.00", tasks: [] };
    const task = { kind: "pay", message: "2011年度还应缴300.00元", since: null, by: "2011-12-31", year: 2011, amount: "300.00", lacks: [] };
    const busy = { ...resident({ id: "4407830000000002", name: "陈小" }), relation: "户主", paid_this_year: false, due: "300.00", tasks: [task] };
    const { page } = await open(`/households/${HOUSE.id}`, {
      ...signedIn(),
      [`GET /api/v1/households/${HOUSE.id}`]: () => ({ status: 200, body: { ...HOUSE, residents: [idle, busy] } }),
    });
    expect(page.findAll("article h2").map((name) => name.text())).toEqual(["陈小", "陈老"]);
    expect(page.get(".task").text()).toContain("¥300.00");
    expect(page.text()).toContain("今年还有 1 人没缴");
  });
});

describe("land projects", () => {
  const PROJECT = {
    id: "4407830000000031",
    division_code: "440783001201",
    division_name: "东兴村",
    name: "东环路扩建",
    approval_number: "粤国土资〔2011〕12号",
    land_approved_on: "2011-01-10",
    area: "12.50",
    sum: "18000.00",
    meeting_on: "2011-01-20",
    resolution: "通过",
    state: "published",
    next_step: "town_check",
    round: 2,
    published_on: "2011-03-01",
    published_until: "2011-03-08",
    approved_on: null,
    list_hash: null,
    person_count: 1,
    total: "18000.00",
    version: 5,
    steps: [],
    differences: [{ resident_id: ID, name: "陈秀英", before: "9000.00", after: "18000.00" }],
  };
  const ROUTES: Routes = {
    [`GET /api/v1/land-projects/${PROJECT.id}`]: () => ({ status: 200, body: PROJECT }),
    [`GET /api/v1/land-projects/${PROJECT.id}/persons`]: () => ({
      status: 200,
      body: { items: [{ resident_id: ID, name: "陈秀英", id_number_masked: "440783********0021", status: "alive", sum: "18000.00" }], next: null },
    }),
    [`GET /api/v1/land-projects/${PROJECT.id}/objections`]: () => ({ status: 200, body: { items: [], next: null } }),
  };

  it("gives each office its own step and none of the others'", async () => {
    const village = await open(`/land-projects/${PROJECT.id}`, { ...signedIn("land:read", "land:list"), ...ROUTES });
    expect(village.page.text()).toContain("这一步由其他岗位办理");
    expect(village.page.text()).toContain("¥9,000.00 改为 ¥18,000.00");
    expect(village.page.find("button[aria-label=对陈秀英提出异议]").exists()).toBe(true);
    expect(village.page.find("button[aria-label=去掉陈秀英]").exists()).toBe(false);
    wrapper?.unmount();
    const decisions: unknown[] = [];
    const town = await open(`/land-projects/${PROJECT.id}`, {
      ...signedIn("land:read", "land:check"),
      ...ROUTES,
      [`POST /api/v1/land-projects/${PROJECT.id}/decisions`]: (_url, request) => {
        decisions.push(request.headers.get("If-Match"));
        return problem(409, "公示期未满", { detail: "名单公示到 2011-03-08，次日起才能核对。" });
      },
    });
    const back = town.page.findAll("button").find((button) => button.text() === "退回");
    expect(back?.attributes("disabled")).toBeDefined();
    await town.page.get("form.act").trigger("submit");
    await settle();
    expect(decisions).toEqual(['"5"']);
    expect(town.page.get("[role=alert]").text()).toContain("次日起才能核对");
  });
});
