/** 财政补贴: the position with government, claims and their steps, arrivals and their second person. */

import { api, unwrap } from "@/api/client";
import type { SubsidyClaim, SubsidyPosition, SubsidyReceipt } from "@/api/types";
import { useAsync } from "./useAsync";
import { usePages } from "./usePages";
import { ifMatch, newKey, unsafe, useSend } from "./useSend";

export type Purpose = SubsidyClaim["purpose"];
export type Level = SubsidyReceipt["level"];
export type Step = "approve" | "send" | "post" | "discard";

export interface Arrival {
  purpose: Purpose;
  level: Level;
  amount: string;
  received_on: string;
  bank_reference: string;
}

export function useSubsidies(county: () => string) {
  const position = useAsync<SubsidyPosition>();
  const claims = usePages<SubsidyClaim>();
  const receipts = usePages<SubsidyReceipt>();
  const sending = useSend();
  // A form that failed on the way is sent again under the same key, and takes effect once.
  let key = newKey();

  function load(): void {
    void position.run((signal) =>
      unwrap(api.GET("/api/v1/subsidy-claims/position", { params: { query: { county: county() } }, signal })),
    );
    void claims.restart((after, signal) =>
      unwrap(api.GET("/api/v1/subsidy-claims", { params: { query: after === null ? {} : { after } }, signal })),
    );
    void receipts.restart((after, signal) =>
      unwrap(api.GET("/api/v1/subsidy-receipts", { params: { query: after === null ? {} : { after } }, signal })),
    );
  }

  async function sent(work: () => Promise<unknown>): Promise<boolean> {
    const done = await sending.send(async () => {
      await work();
      key = newKey();
    });
    if (done) load();
    return done;
  }

  const once = () => ({ ...unsafe(), "idempotency-key": key });

  function compute(purpose: Purpose, period: string): Promise<boolean> {
    return sent(() =>
      unwrap(
        api.POST("/api/v1/subsidy-claims", {
          params: { header: once() },
          body: { county: county(), purpose, period, dry_run: false },
        }),
      ),
    );
  }

  function step(claim: SubsidyClaim, what: Step, reason = ""): Promise<boolean> {
    const path = { claim_id: claim.id ?? "" };
    const header = { ...once(), ...ifMatch(claim.version) };
    return sent(() => {
      if (what === "approve") {
        const body = { content_hash: claim.content_hash };
        return unwrap(api.POST("/api/v1/subsidy-claims/{claim_id}/approvals", { params: { path, header }, body }));
      }
      if (what === "send") {
        return unwrap(api.POST("/api/v1/subsidy-claims/{claim_id}/sendings", { params: { path, header } }));
      }
      if (what === "post") {
        return unwrap(api.POST("/api/v1/subsidy-claims/{claim_id}/postings", { params: { path, header } }));
      }
      return unwrap(
        api.POST("/api/v1/subsidy-claims/{claim_id}/discards", { params: { path, header }, body: { reason } }),
      );
    });
  }

  function record(arrival: Arrival): Promise<boolean> {
    return sent(() =>
      unwrap(
        api.POST("/api/v1/subsidy-receipts", {
          params: { header: once() },
          body: { county: county(), claim_ids: [], ...arrival },
        }),
      ),
    );
  }

  function confirm(receipt: SubsidyReceipt): Promise<boolean> {
    const header = { ...once(), ...ifMatch(receipt.version) };
    const path = { receipt_id: receipt.id };
    return sent(() =>
      unwrap(api.POST("/api/v1/subsidy-receipts/{receipt_id}/confirmations", { params: { path, header } })),
    );
  }

  return { position, claims, receipts, sending, load, compute, step, record, confirm };
}
