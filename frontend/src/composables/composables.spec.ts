import { describe, expect, it } from "vitest";

import { ProblemError, networkProblem } from "@/api/problem";
import { useAsync } from "./useAsync";
import { usePages } from "./usePages";

describe("useAsync", () => {
  it("keeps the newest answer when an older one arrives later", async () => {
    const state = useAsync<string>();
    let finishOld: (value: string) => void = () => undefined;
    let oldSignal: AbortSignal | null = null;
    const old = state.run((signal) => {
      oldSignal = signal;
      return new Promise<string>((resolve) => {
        finishOld = resolve;
      });
    });
    await state.run(() => Promise.resolve("new"));
    finishOld("old");
    await old;
    expect(state.data.value).toBe("new");
    expect(oldSignal).toHaveProperty("aborted", true);
    expect(state.pending.value).toBe(false);
  });

  it("keeps the problem and is no longer pending", async () => {
    const state = useAsync<string>();
    await state.run(() => Promise.reject(new ProblemError(networkProblem())));
    expect(state.problem.value?.code).toBe("network");
    expect(state.pending.value).toBe(false);
  });
});

describe("usePages", () => {
  it("appends the next page by its cursor and stops at the end", async () => {
    const asked: (string | null)[] = [];
    const pages = usePages<number>();
    await pages.restart((after) => {
      asked.push(after);
      return Promise.resolve(after === null ? { items: [1, 2], next: "c2" } : { items: [3], next: null });
    });
    await pages.more();
    await pages.more();
    expect(asked).toEqual([null, "c2"]);
    expect(pages.items.value).toEqual([1, 2, 3]);
    expect(pages.next.value).toBeNull();
  });

  it("keeps what it has when the next page fails, and can try again", async () => {
    let fail = true;
    const pages = usePages<number>();
    await pages.restart((after) => {
      if (after === null) return Promise.resolve({ items: [1], next: "c2" });
      return fail ? Promise.reject(new ProblemError(networkProblem())) : Promise.resolve({ items: [2], next: null });
    });
    await pages.more();
    expect(pages.items.value).toEqual([1]);
    expect(pages.problem.value?.code).toBe("network");
    fail = false;
    await pages.more();
    expect(pages.items.value).toEqual([1, 2]);
    expect(pages.problem.value).toBeNull();
  });
});
