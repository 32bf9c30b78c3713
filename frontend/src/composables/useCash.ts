/** Cash: what the API is asked and told about receipts, blocks, voids and remittances. */

import { api, unwrap } from "@/api/client";
import type { Remittance } from "@/api/types";
import { csrf, freshKey, ifMatch } from "@/api/write";

/** A paper as the server sets it; equal receipts give equal bytes. */
async function paper(receiptId: string): Promise<Blob> {
  const found = await unwrap(
    api.GET("/api/v1/receipts/{receipt_id}", {
      params: { path: { receipt_id: receiptId } },
      headers: { Accept: "application/pdf" },
      parseAs: "blob",
    }),
  );
  return found as unknown as Blob;
}

/** Hand the paper to the browser, which shows or keeps it as the device likes. */
export async function printReceipt(receiptId: string, serial: string): Promise<void> {
  const address = URL.createObjectURL(await paper(receiptId));
  const link = document.createElement("a");
  link.href = address;
  link.download = `收据-${serial}.pdf`;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 60_000);
}

const once = () => ({ ...csrf(), "Idempotency-Key": freshKey() });

export function recordRemittance(body: { amount: string; paid_in_on: string; bank_reference: string }): Promise<unknown> {
  return unwrap(api.POST("/api/v1/remittances", { headers: once(), body }));
}

export function confirmRemittance(
  one: Remittance,
  body: { amount: string; bank_reference: string; arrived_on: string },
): Promise<unknown> {
  return unwrap(
    api.POST("/api/v1/remittances/{remittance_id}/confirmations", {
      params: { path: { remittance_id: one.id }, header: ifMatch(one.version) },
      headers: once(),
      body,
    }),
  );
}

export function rejectRemittance(one: Remittance, reason: string): Promise<unknown> {
  return unwrap(
    api.POST("/api/v1/remittances/{remittance_id}/rejections", {
      params: { path: { remittance_id: one.id }, header: ifMatch(one.version) },
      headers: once(),
      body: { reason },
    }),
  );
}

export function issueBlock(body: {
  collector_id: string;
  count: number;
  purpose: "paper" | "device";
  label: string | null;
}): Promise<unknown> {
  return unwrap(api.POST("/api/v1/receipts/blocks", { headers: once(), body }));
}

export function takeBlockBack(block: { id: string; version: number }): Promise<unknown> {
  return unwrap(
    api.POST("/api/v1/receipts/blocks/{block_id}/returns", {
      params: { path: { block_id: block.id }, header: ifMatch(block.version) },
      headers: once(),
    }),
  );
}

export function proposeVoid(body: { number: number; last_number: number | null; reason: string }): Promise<unknown> {
  return unwrap(api.POST("/api/v1/receipts/voids", { headers: once(), body }));
}

export function decideVoids(ids: string[], decision: "confirm" | "refuse"): Promise<unknown> {
  return unwrap(api.POST("/api/v1/receipts/voids/decisions", { headers: once(), body: { ids, decision } }));
}
