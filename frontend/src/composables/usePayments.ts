/** What one person may pay, what a sum for several years comes to, and taking the money. Every amount is the server's. */

import { computed } from "vue";

import { api, unwrap } from "@/api/client";
import type { Allowance, Contribution, ContributionGroup, Quote } from "@/api/types";
import { useAsync } from "./useAsync";
import { newKey, unsafe, useSend } from "./useSend";

export type Channel = "cash" | "bank_transfer";
export type SumKind = "make_up" | "lump_sum";

/** What was just recorded, as far as the page shows it. */
export interface Taken {
  kind: string;
  amount: string;
  subsidy: string;
  years: number[];
  receipt: { id: string; number: number; code: string } | null;
  reasons: string[];
}

type Receipt = Contribution["receipt"];

function receiptOf(receipt: Receipt): Taken["receipt"] {
  return receipt === null ? null : { id: receipt.id, number: receipt.number, code: receipt.verification_code };
}

export function usePayments() {
  const allowance = useAsync<Allowance>();
  const quote = useAsync<Quote>();
  const taken = useAsync<Taken>();
  const sending = useSend();
  /** One key for one filled-in form: sent twice, it is one payment. */
  let once = newKey();

  const load = (resident: string): Promise<void> =>
    allowance.run((signal) =>
      unwrap(
        api.GET("/api/v1/contributions/allowances/{resident_id}", {
          params: { path: { resident_id: resident } },
          signal,
        }),
      ),
    );

  const ask = (resident: string, kind: SumKind, years: number[], tier: string, on: string, channel: Channel): Promise<void> =>
    quote.run((signal) =>
      unwrap(
        api.POST("/api/v1/contributions/quotes", {
          headers: unsafe(),
          body: { resident_id: resident, kind, years, tier, paid_on: on, channel },
          signal,
        }),
      ),
    );

  function forget(): void {
    quote.data.value = null;
    quote.problem.value = null;
    sending.problem.value = null;
    once = newKey();
  }

  async function take(work: () => Promise<Taken>): Promise<boolean> {
    const through = await sending.send(async () => {
      const found = await work();
      await taken.run(() => Promise.resolve(found));
    });
    // Refused: the mended form is another one. Unanswered: it may have arrived, and must not become two.
    if (through || (sending.problem.value?.status ?? 0) >= 400) once = newKey();
    return through;
  }

  const payYear = (resident: string, due: NonNullable<Allowance["due"]>, on: string, channel: Channel): Promise<boolean> =>
    take(async () => {
      const found = await unwrap(
        api.POST("/api/v1/contributions", {
          params: { header: { "idempotency-key": once } },
          headers: unsafe(),
          body: {
            resident_id: resident,
            contribution_year: due.year,
            kind: "annual",
            tier: due.tier,
            instalment: due.instalment,
            paid_on: on,
            channel,
          },
        }),
      );
      return {
        kind: found.kind,
        amount: found.amount,
        subsidy: found.subsidy,
        years: [found.contribution_year],
        receipt: receiptOf(found.receipt),
        reasons: found.reasons.map((reason) => reason.message),
      };
    });

  const paySum = (
    resident: string,
    kind: SumKind,
    years: number[],
    tier: string,
    on: string,
    channel: Channel,
  ): Promise<boolean> =>
    take(async () => {
      const request = {
        params: { header: { "idempotency-key": once } },
        headers: unsafe(),
        body: { resident_id: resident, years, tier, paid_on: on, channel },
      };
      const found: ContributionGroup = await unwrap(
        kind === "make_up"
          ? api.POST("/api/v1/contributions/make-ups", request)
          : api.POST("/api/v1/contributions/lump-sums", request),
      );
      return {
        kind: found.kind,
        amount: found.amount,
        subsidy: found.subsidy,
        years: found.contributions.map((one) => one.contribution_year),
        receipt: receiptOf(found.receipt),
        reasons: found.reasons.map((reason) => reason.message),
      };
    });

  const quoted = computed(() => (quote.pending.value || quote.problem.value !== null ? null : quote.data.value));

  return { allowance, quote, quoted, taken, sending, load, ask, forget, payYear, paySum };
}
