/** Sending something that changes data: one at a time, the problem kept, the key of a form the same until it is through. */

import { ref, shallowRef } from "vue";

import { asProblem, type Problem } from "@/api/problem";
import { session } from "@/session";

/** Headers of every unsafe request. */
export function unsafe(): Record<string, string> {
  return { "X-CSRF-Token": session.csrfToken ?? "" };
}

/** The version that a change was made from, as the API wants it. */
export function ifMatch(version: number): { "if-match": string } {
  return { "if-match": `"${version}"` };
}

/** A key under which a form takes effect once, however often it is sent. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function useSend() {
  const pending = ref(false);
  const problem = shallowRef<Problem | null>(null);

  /** Whether it went through; a second call while the first runs does nothing. */
  async function send(work: () => Promise<void>): Promise<boolean> {
    if (pending.value) return false;
    pending.value = true;
    problem.value = null;
    try {
      await work();
      return true;
    } catch (error) {
      problem.value = asProblem(error);
      return false;
    } finally {
      pending.value = false;
    }
  }

  return { pending, problem, send };
}
