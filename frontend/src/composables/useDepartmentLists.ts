/** Lists of other departments: bring one, read its comparison row by row, choose, assign, approve or reject. */

import { api, unwrap } from "@/api/client";
import type { DepartmentList, DepartmentListKind, DepartmentListRow, DepartmentListSummary, ListOutcome } from "@/api/types";
import { session } from "@/session";
import { useAsync } from "./useAsync";
import { usePages } from "./usePages";

const PAGE_SIZE = 30;
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

export interface NewList {
  kind: DepartmentListKind;
  division: string;
  department: string;
  document: string;
  as_of: string;
  complete: boolean;
  file: File;
}

/** Random without `randomUUID`, which browsers withhold from pages of a plain address in the office's network. */
function onceKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function asForm(body: Record<string, unknown>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) form.append(name, value instanceof File ? value : String(value));
  return form;
}

const csrf = (): { "X-CSRF-Token": string } => ({ "X-CSRF-Token": session.csrfToken ?? "" });

export function useDepartmentLists() {
  const pages = usePages<DepartmentListSummary>();
  const bringing = useAsync<DepartmentList>();

  const load = (): Promise<void> =>
    pages.restart((after, signal) =>
      unwrap(
        api.GET("/api/v1/department-lists", {
          params: { query: { limit: PAGE_SIZE, ...(after === null ? {} : { after }) } },
          signal,
        }),
      ),
    );

  const bring = ({ file, ...body }: NewList): Promise<void> =>
    bringing.run((signal) =>
      unwrap(
        api.POST("/api/v1/department-lists", {
          params: { header: { "idempotency-key": onceKey() } },
          headers: csrf(),
          // The description calls the file a string; what is sent is the file itself.
          body: { ...body, file: file as unknown as string },
          bodySerializer: asForm,
          signal,
        }),
      ),
    );

  return { pages, bringing, load, bring };
}

export function useDepartmentList() {
  const list = useAsync<DepartmentList>();
  const rows = usePages<DepartmentListRow>();
  const acting = useAsync<DepartmentList>();

  const path = (): { list_id: string } => ({ list_id: list.data.value?.id ?? "" });
  const change = () => ({
    params: { path: path(), header: { "if-match": `"${list.data.value?.version ?? 0}"` } },
    headers: csrf(),
  });

  const load = (id: string): Promise<void> =>
    list.run((signal) => unwrap(api.GET("/api/v1/department-lists/{list_id}", { params: { path: { list_id: id } }, signal })));

  const loadRows = (id: string, outcome: ListOutcome | null, refused: boolean): Promise<void> =>
    rows.restart((after, signal) =>
      unwrap(
        api.GET("/api/v1/department-lists/{list_id}/rows", {
          params: {
            path: { list_id: id },
            query: {
              limit: PAGE_SIZE,
              ...(outcome === null ? {} : { outcome }),
              ...(refused ? { refused } : {}),
              ...(after === null ? {} : { after }),
            },
          },
          signal,
        }),
      ),
    );

  /** Do something with the list; what comes back takes its place, so that the next step starts from the new version. */
  async function act(work: () => Promise<DepartmentList>): Promise<boolean> {
    await acting.run(work);
    const done = acting.problem.value === null && acting.data.value !== null;
    if (done) list.data.value = acting.data.value;
    return done;
  }

  const choose = (places: number[] | ListOutcome, chosen: boolean, reason: string | null): Promise<boolean> =>
    act(() =>
      unwrap(
        api.PATCH("/api/v1/department-lists/{list_id}/rows", {
          ...change(),
          body: { chosen, reason, ...(Array.isArray(places) ? { rows: places } : { outcome: places }) },
        }),
      ),
    );

  const assign = (seq: number, resident: string | null, reason: string | null): Promise<boolean> =>
    act(() =>
      unwrap(
        api.POST("/api/v1/department-lists/{list_id}/assignments", {
          ...change(),
          body: { seq, resident_id: resident, reason },
        }),
      ),
    );

  const approve = (): Promise<boolean> =>
    act(() =>
      unwrap(
        api.POST("/api/v1/department-lists/{list_id}/approvals", {
          ...change(),
          body: { content_hash: list.data.value?.content_hash ?? "" },
        }),
      ),
    );

  const reject = (reason: string): Promise<boolean> =>
    act(() =>
      unwrap(api.POST("/api/v1/department-lists/{list_id}/rejections", { ...change(), body: { reason } })),
    );

  /** The whole comparison as a workbook, handed to the browser to save. */
  async function download(): Promise<void> {
    const found = await unwrap(
      api.GET("/api/v1/department-lists/{list_id}/rows", {
        params: { path: path() },
        headers: { Accept: XLSX },
        parseAs: "blob",
      }),
    );
    const address = URL.createObjectURL(found as unknown as Blob);
    const link = document.createElement("a");
    link.href = address;
    link.download = `名单比对-${path().list_id}.xlsx`;
    link.click();
    URL.revokeObjectURL(address);
  }

  return { list, rows, acting, load, loadRows, choose, assign, approve, reject, download };
}
