/** Headers of a request that changes something: the session's token, the version looked at, and a key of its own. */

import { session } from "@/session";

/** A key that no other request has. `randomUUID` is missing where the page comes over plain HTTP. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function csrf(): { "X-CSRF-Token": string } {
  return { "X-CSRF-Token": session.csrfToken ?? "" };
}

export function ifMatch(version: number): { "if-match": string } {
  return { "if-match": `"${version}"` };
}
