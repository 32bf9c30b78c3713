/** The only door to the API: same origin, cookie session, errors always thrown as `ProblemError`. */

import createClient from "openapi-fetch";

import { networkProblem, ProblemError, toProblem } from "./problem";
import type { paths } from "./schema";

type UnauthorizedHandler = () => void;

let onUnauthorized: UnauthorizedHandler = () => undefined;

export function setUnauthorizedHandler(handler: UnauthorizedHandler): void {
  onUnauthorized = handler;
}

// The workbook that a report also comes as is a link for the person, never a body for this code; hence JSON alone.
export const api = createClient<paths, "application/json">({
  baseUrl: window.location.origin,
  credentials: "same-origin",
  headers: { Accept: "application/json, application/problem+json" },
  // Looked up at each call, so that a test can put its own fetch in place.
  fetch: (request) => globalThis.fetch(request),
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

interface UnwrapOptions {
  /** The session routes answer 401 as an ordinary fact; it must not send the person to the sign-in page again. */
  quiet401?: boolean;
}

/**
 * The body of a good answer.
 *
 * Throws `ProblemError` for every other answer, and for none at all; an abort passes through unchanged.
 */
export async function unwrap<T>(call: Promise<Answer<T>>, options: UnwrapOptions = {}): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (error) {
    if (isAbort(error)) throw error;
    // A proxy in between may answer with a page instead of JSON; for the person that is the same as no service.
    throw new ProblemError(networkProblem());
  }
  if (!answer.response.ok) {
    if (answer.response.status === 401 && options.quiet401 !== true) onUnauthorized();
    throw new ProblemError(toProblem(answer.error, answer.response));
  }
  return answer.data as T;
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
