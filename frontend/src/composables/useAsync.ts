/** State of one piece of work that asks the API: pending, the problem, and a runner that keeps only the latest. */

import { getCurrentScope, onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from "vue";

import { isAbort } from "@/api/client";
import { asProblem, type Problem } from "@/api/problem";

export interface Async<T> {
  data: ShallowRef<T | null>;
  problem: ShallowRef<Problem | null>;
  pending: Ref<boolean>;
  run: (work: (signal: AbortSignal) => Promise<T>) => Promise<void>;
}

/** A newer run aborts the one before, so a slow old answer can never overwrite a fresh one. */
export function useAsync<T>(): Async<T> {
  const data = shallowRef<T | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const pending = ref(false);
  let controller: AbortController | null = null;

  async function run(work: (signal: AbortSignal) => Promise<T>): Promise<void> {
    controller?.abort();
    const mine = new AbortController();
    controller = mine;
    pending.value = true;
    problem.value = null;
    try {
      const found = await work(mine.signal);
      if (controller === mine) data.value = found;
    } catch (error) {
      if (controller === mine && !isAbort(error)) problem.value = asProblem(error);
    } finally {
      if (controller === mine) pending.value = false;
    }
  }

  if (getCurrentScope()) onScopeDispose(() => controller?.abort());
  return { data, problem, pending, run };
}
