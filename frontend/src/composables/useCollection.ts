/** Bank deductions: batches of a county or town, one batch with its steps, and those whose deduction failed. */

import { api, unwrap } from "@/api/client";
import type {
  CollectionBatch,
  CollectionException,
  CollectionFailure,
  CollectionFile,
  CollectionFinding,
  CollectionMoney,
  CollectionReturn,
} from "@/api/types";
import { useAsync } from "./useAsync";
import { usePages } from "./usePages";
import { ifMatch, newKey, unsafe, useSend } from "./useSend";

const PAGE_SIZE = 30;

export interface NewBatch {
  division: string;
  contribution_year: number;
  layout: string;
}

export function useCollections() {
  const batches = usePages<CollectionBatch>();
  const failures = usePages<CollectionFailure>();
  const sending = useSend();

  const load = (): Promise<void> =>
    batches.restart((after, signal) =>
      unwrap(
        api.GET("/api/v1/collection-batches", {
          params: { query: { limit: PAGE_SIZE, ...(after === null ? {} : { after }) } },
          signal,
        }),
      ),
    );

  const loadFailures = (year: number): Promise<void> =>
    failures.restart((after, signal) =>
      unwrap(
        api.GET("/api/v1/collection-failures", {
          params: { query: { contribution_year: year, limit: PAGE_SIZE, ...(after === null ? {} : { after }) } },
          signal,
        }),
      ),
    );

  /** The new batch's id, or null when it was refused. */
  async function compute(body: NewBatch): Promise<string | null> {
    let id: string | null = null;
    await sending.send(async () => {
      const made = await unwrap(
        api.POST("/api/v1/collection-batches", {
          params: { header: { "idempotency-key": newKey() } },
          headers: unsafe(),
          body: { ...body, channel: "bank_deduction", rhythms: ["yearly", "quarterly", "monthly"] },
        }),
      );
      id = made.id;
    });
    return id;
  }

  return { batches, failures, sending, load, loadFailures, compute };
}

export function useCollectionBatch(id: () => string) {
  const batch = useAsync<CollectionBatch>();
  const money = useAsync<CollectionMoney>();
  const files = useAsync<CollectionFile[]>();
  const returns = useAsync<CollectionReturn[]>();
  const exceptions = usePages<CollectionException>();
  const findings = usePages<CollectionFinding>();
  const sending = useSend();
  const path = () => ({ batch_id: id() });

  async function load(): Promise<void> {
    const params = { path: path() };
    await batch.run((signal) => unwrap(api.GET("/api/v1/collection-batches/{batch_id}", { params, signal })));
    if (batch.data.value === null) return;
    await Promise.all([
      exceptions.restart((after, signal) =>
        unwrap(
          api.GET("/api/v1/collection-batches/{batch_id}/exceptions", {
            params: { path: path(), query: { limit: PAGE_SIZE, ...(after === null ? {} : { after }) } },
            signal,
          }),
        ),
      ),
      files.run(async (signal) =>
        (await unwrap(api.GET("/api/v1/collection-batches/{batch_id}/export", { params, signal }))).items,
      ),
      returns.run(async (signal) =>
        (await unwrap(api.GET("/api/v1/collection-batches/{batch_id}/returns", { params, signal }))).items,
      ),
      findings.restart((after, signal) =>
        unwrap(
          api.GET("/api/v1/collection-batches/{batch_id}/findings", {
            params: { path: path(), query: { limit: PAGE_SIZE, ...(after === null ? {} : { after }) } },
            signal,
          }),
        ),
      ),
      money.run((signal) => unwrap(api.GET("/api/v1/collection-batches/{batch_id}/money-proofs", { params, signal }))),
    ]);
  }

  /** Do a step and read everything again: each of them may change counts, findings and money. */
  async function step(work: () => Promise<unknown>): Promise<boolean> {
    const done = await sending.send(async () => {
      await work();
    });
    if (done) await load();
    return done;
  }

  const version = (): number => batch.data.value?.version ?? 0;
  const keyed = () => ({ path: path(), header: { "idempotency-key": newKey() } });
  const matched = (of: number) => ({ path: path(), header: ifMatch(of) });

  const approve = (): Promise<boolean> =>
    step(() =>
      unwrap(
        api.POST("/api/v1/collection-batches/{batch_id}/approvals", {
          params: matched(version()),
          headers: unsafe(),
          body: { content_hash: batch.data.value?.content_hash ?? "" },
        }),
      ),
    );

  const discard = (reason: string): Promise<boolean> =>
    step(() =>
      unwrap(
        api.POST("/api/v1/collection-batches/{batch_id}/discards", {
          params: matched(version()),
          headers: unsafe(),
          body: { reason },
        }),
      ),
    );

  const release = (): Promise<boolean> =>
    step(() =>
      unwrap(api.POST("/api/v1/collection-batches/{batch_id}/export", { params: keyed(), headers: unsafe() })),
    );

  const upload = (chosen: File[], deductedOn: string): Promise<boolean> =>
    step(() =>
      unwrap(
        api.POST("/api/v1/collection-batches/{batch_id}/returns", {
          params: keyed(),
          headers: unsafe(),
          // The description calls the files strings; what is sent are the files themselves.
          body: { deducted_on: deductedOn, files: chosen as unknown as string[] },
          bodySerializer: () => {
            const form = new FormData();
            form.append("deducted_on", deductedOn);
            for (const file of chosen) form.append("files", file);
            return form;
          },
        }),
      ),
    );

  const propose = (
    finding: CollectionFinding,
    decision: "paid" | "failed" | "dismissed",
    evidence: string,
    seq: number | null,
  ): Promise<boolean> =>
    step(() =>
      unwrap(
        api.POST("/api/v1/collection-batches/{batch_id}/findings/{number}/resolutions", {
          params: { path: { ...path(), number: finding.number }, header: ifMatch(finding.version) },
          headers: unsafe(),
          body: { decision, evidence, seq },
        }),
      ),
    );

  const decide = (finding: CollectionFinding, confirmed: boolean): Promise<boolean> =>
    step(() =>
      unwrap(
        api.POST("/api/v1/collection-batches/{batch_id}/findings/{number}/approvals", {
          params: {
            path: { ...path(), number: finding.number },
            header: { ...ifMatch(finding.version), "idempotency-key": newKey() },
          },
          headers: unsafe(),
          body: { confirmed },
        }),
      ),
    );

  const prove = (amount: string, reference: string, arrivedOn: string): Promise<boolean> =>
    step(() =>
      unwrap(
        api.POST("/api/v1/collection-batches/{batch_id}/money-proofs", {
          params: keyed(),
          headers: unsafe(),
          body: { amount, bank_reference: reference, arrived_on: arrivedOn },
        }),
      ),
    );

  const reconcile = (): Promise<boolean> =>
    step(() =>
      unwrap(
        api.POST("/api/v1/collection-batches/{batch_id}/reconciliations", {
          params: {
            path: path(),
            header: { ...ifMatch(money.data.value?.version ?? 0), "idempotency-key": newKey() },
          },
          headers: unsafe(),
          body: { difference: money.data.value?.difference ?? "" },
        }),
      ),
    );

  /** A released file, handed to the browser to save; the server keeps who took it. */
  const download = (file: CollectionFile): Promise<boolean> =>
    sending.send(async () => {
      const found = await unwrap(
        api.GET("/api/v1/collection-batches/{batch_id}/export/{file_id}", {
          params: { path: { ...path(), file_id: file.id } },
          parseAs: "blob",
        }),
      );
      const address = URL.createObjectURL(found as unknown as Blob);
      const link = document.createElement("a");
      link.href = address;
      link.download = file.name;
      link.click();
      URL.revokeObjectURL(address);
    });

  return {
    ...{ batch, money, files, returns, exceptions, findings, sending, load },
    ...{ approve, discard, release, upload, propose, decide, prove, reconcile, download },
  };
}
