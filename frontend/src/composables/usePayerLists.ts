/** Lists of payers: bring one as a file, look at it, and the step of each office. */

import { api, unwrap } from "@/api/client";
import type { PayerLine, PayerList, PayerListSummary } from "@/api/types";
import { useAsync } from "./useAsync";
import { usePages } from "./usePages";
import { ifMatch, newKey, unsafe, useSend } from "./useSend";

export interface NewPayerList {
  kind: PayerList["kind"];
  payer_kind: PayerList["payer_kind"];
  payer_name: string;
  basis: string;
  basis_on: string;
  contribution_year: number;
  division: string;
  file: File;
}

function asForm(body: Record<string, unknown>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) form.append(name, value instanceof File ? value : String(value));
  return form;
}

export function usePayerLists() {
  const pages = usePages<PayerListSummary>();
  const bringing = useSend();

  const load = (state: string): Promise<void> =>
    pages.restart(async (after, signal) => {
      const query = {
        ...(state === "" ? {} : { state: state as PayerListSummary["state"] }),
        ...(after === null ? {} : { after }),
      };
      const found = await unwrap(api.GET("/api/v1/payer-lists", { params: { query }, signal }));
      return { items: found.items, next: found.next ?? null };
    });

  /** The list that was made, or null when it was refused. */
  async function bring({ file, ...body }: NewPayerList, once: string): Promise<PayerList | null> {
    let made: PayerList | null = null;
    await bringing.send(async () => {
      made = await unwrap(
        api.POST("/api/v1/payer-lists/files", {
          params: { header: { "idempotency-key": once } },
          headers: unsafe(),
          // The description calls the file a string; what is sent is the file itself.
          body: { ...body, file: file as unknown as string },
          bodySerializer: asForm,
        }),
      );
    });
    return made;
  }

  return { pages, bringing, load, bring };
}

export function usePayerList() {
  const list = useAsync<PayerList>();
  const lines = usePages<PayerLine>();
  const acting = useSend();
  let once = newKey();

  const path = () => ({ list_id: list.data.value?.id ?? "" });
  const version = () => ifMatch(list.data.value?.version ?? 0);
  const keyed = () => ({ params: { path: path(), header: { ...version(), "idempotency-key": once } }, headers: unsafe() });

  async function load(id: string): Promise<void> {
    await Promise.all([
      list.run((signal) => unwrap(api.GET("/api/v1/payer-lists/{list_id}", { params: { path: { list_id: id } }, signal }))),
      lines.restart(async (after, signal) => {
        const found = await unwrap(
          api.GET("/api/v1/payer-lists/{list_id}/lines", {
            params: { path: { list_id: id }, query: after === null ? {} : { after } },
            signal,
          }),
        );
        return { items: found.items, next: found.next ?? null };
      }),
    ]);
  }

  async function act(work: () => Promise<PayerList>): Promise<boolean> {
    const id = path().list_id;
    const through = await acting.send(async () => {
      await work();
    });
    if (through || (acting.problem.value?.status ?? 0) >= 400) once = newKey();
    if (through) await load(id);
    return through;
  }

  const plain = () => ({ params: { path: path(), header: version() }, headers: unsafe() });
  const submit = () => act(() => unwrap(api.POST("/api/v1/payer-lists/{list_id}/submissions", plain())));
  const withdraw = () => act(() => unwrap(api.POST("/api/v1/payer-lists/{list_id}/withdrawals", plain())));
  const confirm = (reference: string | null, arrivedOn: string) =>
    act(() =>
      unwrap(
        api.POST("/api/v1/payer-lists/{list_id}/arrivals", {
          ...keyed(),
          body: { amount: list.data.value?.total ?? "", bank_reference: reference, arrived_on: arrivedOn },
        }),
      ),
    );
  const approve = (opinion: string) =>
    act(() =>
      unwrap(
        api.POST("/api/v1/payer-lists/{list_id}/approvals", {
          ...keyed(),
          body: { content_hash: list.data.value?.content_hash ?? "", opinion: opinion === "" ? null : opinion },
        }),
      ),
    );
  const reject = (reason: string) =>
    act(() => unwrap(api.POST("/api/v1/payer-lists/{list_id}/rejections", { ...plain(), body: { reason } })));
  const refund = (reference: string, refundedOn: string) =>
    act(() =>
      unwrap(
        api.POST("/api/v1/payer-lists/{list_id}/refunds", {
          ...keyed(),
          body: { bank_reference: reference, refunded_on: refundedOn },
        }),
      ),
    );

  return { list, lines, acting, load, submit, withdraw, confirm, approve, reject, refund };
}
