/** The problem shown under the header of every page; cleared when the person goes elsewhere. */

import { shallowRef } from "vue";

import { asProblem, type Problem } from "./api/problem";

export const notice = shallowRef<Problem | null>(null);

export function tell(error: unknown): void {
  notice.value = asProblem(error);
}

export function clearNotice(): void {
  notice.value = null;
}
