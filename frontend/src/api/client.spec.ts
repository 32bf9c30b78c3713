import { describe, expect, it, vi } from "vitest";

import { problem, SESSION, stubApi } from "@/testing";
import { api, setUnauthorizedHandler, unwrap } from "./client";
import { asProblem, ProblemError } from "./problem";

const ask = () => unwrap(api.GET("/api/v1/divisions", { params: { query: { parent: "440783" } } }));

async function problemOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProblemError);
  return asProblem(error);
}

describe("unwrap", () => {
  it("gives the body and sends the query to the same origin", async () => {
    const seen = stubApi({ "GET /api/v1/divisions": () => ({ status: 200, body: { items: [], next: null } }) });
    expect(await ask()).toEqual({ items: [], next: null });
    expect(seen).toEqual(["GET /api/v1/divisions?parent=440783"]);
  });

  it("throws the problem document with its request id and field errors", async () => {
    const errors = [{ pointer: "/parent", code: "unknown", message: "没有这个单位" }];
    stubApi({ "GET /api/v1/divisions": () => problem(422, "填写有误", { code: "validation-failed", errors }) });
    expect(await problemOf(ask())).toMatchObject({
      title: "填写有误",
      status: 422,
      code: "validation-failed",
      requestId: "req-1",
      errors,
    });
  });

  it("makes a problem of a proxy's page, with the request id of its header", async () => {
    stubApi({
      "GET /api/v1/divisions": () => ({
        status: 502,
        type: "text/html",
        body: "<h1>Bad Gateway</h1>",
        headers: { "X-Request-ID": "req-9" },
      }),
    });
    expect(await problemOf(ask())).toMatchObject({
      title: "系统暂时不能处理，请稍后再试",
      code: "http-502",
      requestId: "req-9",
      detail: null,
    });
  });

  it("says that there is no connection", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    expect((await problemOf(ask())).code).toBe("network");
  });

  it("lets an abort through, because nothing went wrong", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new DOMException("aborted", "AbortError")));
    await expect(ask()).rejects.toMatchObject({ name: "AbortError" });
  });

  it("reports the end of a session, but not for the session's own routes", async () => {
    const handler = vi.fn();
    setUnauthorizedHandler(handler);
    stubApi({
      "GET /api/v1/divisions": () => problem(401, "请先登录"),
      "GET /api/v1/sessions/current": () => problem(401, "请先登录"),
    });
    await problemOf(unwrap(api.GET("/api/v1/sessions/current"), { quiet401: true }));
    expect(handler).not.toHaveBeenCalled();
    await problemOf(ask());
    expect(handler).toHaveBeenCalledOnce();
  });
});

describe("session", () => {
  it("signs out with the token of the session", async () => {
    const { can, session, signIn, signOut } = await import("@/session");
    const tokens: (string | null)[] = [];
    stubApi({
      "POST /api/v1/sessions": () => ({ status: 201, body: SESSION }),
      "DELETE /api/v1/sessions/current": (_url, request) => {
        tokens.push(request.headers.get("X-CSRF-Token"));
        return { status: 204 };
      },
    });
    await signIn("town", "secret");
    expect(can("residents:read")).toBe(true);
    expect(can("payments:approve")).toBe(false);
    await signOut();
    expect(tokens).toEqual(["csrf-1"]);
    expect(session.actor).toBeNull();
  });

  it("stays signed in when the server could not end the session", async () => {
    const { session, signIn, signOut } = await import("@/session");
    stubApi({
      "POST /api/v1/sessions": () => ({ status: 201, body: SESSION }),
      "DELETE /api/v1/sessions/current": () => problem(503, "系统暂时不能处理"),
    });
    await signIn("town", "secret");
    await expect(signOut()).rejects.toBeInstanceOf(ProblemError);
    expect(session.actor?.username).toBe("town");
  });
});
