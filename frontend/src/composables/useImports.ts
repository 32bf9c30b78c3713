/** Imports: sending a file with progress, following its job, and what a person may decide about it. */

import { onScopeDispose, ref, shallowRef } from "vue";

import { api, unwrap } from "@/api/client";
import { asProblem, ProblemError, toProblem, type Problem } from "@/api/problem";
import type { ImportDetail, ImportFinding, ImportSummary, Job } from "@/api/types";
import { usePages } from "@/composables/usePages";
import { session } from "@/session";

export type ImportKind = "residents" | "enrolments" | "contributions";

const FOLLOWED: readonly string[] = ["queued", "running"];
const LOOK_MS = 1000;
const IMPORTS = "/api/v1/imports";

/** A key that no other request has; the page may be served without HTTPS in an office, where `randomUUID` is missing. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Send a file as a job. `fetch` does not tell how much has left; the older way does. */
export function sendFile(kind: ImportKind, file: File, onProgress: (share: number) => void): Promise<{ id: string }> {
  const form = new FormData();
  form.append("kind", kind);
  form.append("division", session.actor?.division_code ?? "");
  form.append("mode", "job");
  form.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", IMPORTS);
    request.setRequestHeader("X-CSRF-Token", session.csrfToken ?? "");
    request.setRequestHeader("Idempotency-Key", newKey());
    request.setRequestHeader("Accept", "application/json, application/problem+json");
    request.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onerror = () => reject(new TypeError("network"));
    request.onload = () => {
      const type = request.getResponseHeader("Content-Type") ?? "";
      const response = new Response(null, { status: request.status, headers: { "Content-Type": type } });
      let body: unknown = null;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        // A proxy's page; the status says enough.
      }
      if (request.status >= 200 && request.status < 300) resolve(body as { id: string });
      else reject(new ProblemError(toProblem(body, response)));
    };
    request.send(form);
  });
}

export function useImports() {
  const pages = usePages<ImportSummary>();
  const findings = usePages<ImportFinding>();
  const current = shallowRef<ImportDetail | null>(null);
  const job = shallowRef<Job | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const busy = ref(false);
  let timer: number | undefined;

  function stop(): void {
    window.clearTimeout(timer);
  }

  function list(): Promise<void> {
    return pages.restart((after, signal) =>
      unwrap(api.GET(IMPORTS, { params: { query: { limit: 20, ...(after ? { after } : {}) } }, signal })),
    );
  }

  /** Show an import, and look again while its job is at work. */
  async function open(id: string): Promise<void> {
    stop();
    try {
      const found = await unwrap(api.GET("/api/v1/imports/{import_id}", { params: { path: { import_id: id } } }));
      const changed = current.value?.id !== found.id || current.value.version !== found.version;
      current.value = found;
      problem.value = null;
      if (found.job_id !== null) {
        job.value = await unwrap(api.GET("/api/v1/jobs/{job_id}", { params: { path: { job_id: found.job_id } } }));
      } else {
        job.value = null;
      }
      if (job.value !== null && FOLLOWED.includes(job.value.state)) {
        timer = window.setTimeout(() => void open(id), LOOK_MS);
      } else if (changed) {
        await findings.restart((after, signal) =>
          unwrap(
            api.GET("/api/v1/imports/{import_id}/findings", {
              params: { path: { import_id: id }, query: { limit: 50, ...(after ? { after } : {}) } },
              signal,
            }),
          ),
        );
        void list();
      }
    } catch (error) {
      problem.value = asProblem(error);
    }
  }

  /** Do something that changes the import, and show what it has become. */
  async function decide(id: string, work: () => Promise<unknown>): Promise<void> {
    busy.value = true;
    try {
      await work();
      await open(id);
    } catch (error) {
      await open(id);
      problem.value = asProblem(error);
    } finally {
      busy.value = false;
    }
  }

  function approve(shown: ImportDetail): Promise<void> {
    return decide(shown.id, () =>
      unwrap(
        api.POST("/api/v1/imports/{import_id}/approvals", {
          params: { path: { import_id: shown.id } },
          body: { content_hash: shown.content_hash ?? "" },
          headers: headers(shown, { "Idempotency-Key": newKey() }),
        }),
      ),
    );
  }

  function cancel(shown: ImportDetail): Promise<void> {
    return decide(shown.id, () =>
      unwrap(
        api.POST("/api/v1/imports/{import_id}/cancellations", {
          params: { path: { import_id: shown.id } },
          headers: headers(shown),
        }),
      ),
    );
  }

  onScopeDispose(stop);
  return { pages, findings, current, job, problem, busy, list, open, approve, cancel, stop };
}

function headers(shown: ImportDetail, more: Record<string, string> = {}): Record<string, string> {
  return { "X-CSRF-Token": session.csrfToken ?? "", "If-Match": `"${shown.version}"`, ...more };
}
