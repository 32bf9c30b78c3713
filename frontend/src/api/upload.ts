/** A file on its way up, with its progress: `fetch` cannot tell how much has left, so this one asks the older way. */

import { session } from "@/session";
import { networkProblem, ProblemError, toProblem } from "./problem";

/**
 * The body of a good answer.
 *
 * Throws `ProblemError` for every other answer, and an `AbortError` when the signal says so.
 */
export function upload<T>(
  path: string,
  form: FormData,
  onProgress: (share: number) => void,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Accept", "application/json, application/problem+json");
    request.setRequestHeader("X-CSRF-Token", session.csrfToken ?? "");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body as T);
      else reject(new ProblemError(toProblem(body, new Response(null, { status: request.status }))));
    });
    request.addEventListener("error", () => reject(new ProblemError(networkProblem())));
    request.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A proxy in between may answer with a page.
    return null;
  }
}
