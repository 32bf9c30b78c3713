/** A list read page by page through the cursor of the API. */

import { ref, shallowRef, type Ref, type ShallowRef } from "vue";

import type { Problem } from "@/api/problem";
import { useAsync } from "./useAsync";

interface PageOf<T> {
  items: T[];
  next: string | null;
}

export type Fetcher<T> = (after: string | null, signal: AbortSignal) => Promise<PageOf<T>>;

export interface Pages<T> {
  items: ShallowRef<T[]>;
  next: Ref<string | null>;
  /** True once a first page has arrived: until then an empty list says nothing. */
  loaded: Ref<boolean>;
  pending: Ref<boolean>;
  problem: ShallowRef<Problem | null>;
  restart: (fetcher: Fetcher<T>) => Promise<void>;
  more: () => Promise<void>;
}

export function usePages<T>(): Pages<T> {
  const items = shallowRef<T[]>([]);
  const next = ref<string | null>(null);
  const loaded = ref(false);
  const page = useAsync<PageOf<T>>();
  let current: Fetcher<T> | null = null;

  async function restart(fetcher: Fetcher<T>): Promise<void> {
    current = fetcher;
    await page.run(async (signal) => {
      const found = await fetcher(null, signal);
      if (signal.aborted) return found;
      items.value = found.items;
      next.value = found.next;
      loaded.value = true;
      return found;
    });
  }

  async function more(): Promise<void> {
    const fetcher = current;
    if (fetcher === null || next.value === null || page.pending.value) return;
    const after = next.value;
    await page.run(async (signal) => {
      const found = await fetcher(after, signal);
      if (signal.aborted) return found;
      items.value = [...items.value, ...found.items];
      next.value = found.next;
      return found;
    });
  }

  return { items, next, loaded, pending: page.pending, problem: page.problem, restart, more };
}
