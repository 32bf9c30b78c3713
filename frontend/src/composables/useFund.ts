/** 基金: balances, movements, the bank and the months, each read when it is looked at. */

import { ref, type Ref } from "vue";

import { api, unwrap } from "@/api/client";
import type { FundAccounts, FundPeriod, FundPeriodDetail, FundPack, FundTransfer, Reconciliation, Sweep } from "@/api/types";
import { upload } from "@/api/upload";
import { csrf, freshKey, ifMatch } from "@/api/write";
import { useAsync } from "./useAsync";
import { useSend } from "./useSend";

export const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
export const PDF = "application/pdf";
export const BANKS = ["income_account", "treasury_account", "expenditure_account"] as const;
export type Bank = (typeof BANKS)[number];

/** Headers of a change that takes effect once: of a thing's version, or of something new. */
function once(version?: number) {
  return { ...(version === undefined ? {} : ifMatch(version)), "idempotency-key": freshKey() };
}

/** Hand a file that the API makes by `Accept` to the browser to save. */
async function save(found: Promise<unknown>, name: string): Promise<void> {
  const address = URL.createObjectURL((await found) as Blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

export function useFundBalances() {
  const accounts = useAsync<FundAccounts>();
  const load = (): Promise<void> =>
    accounts.run((signal) => unwrap(api.GET("/api/v1/fund/accounts", { signal })));
  return { accounts, load };
}

export function useFundTransfers() {
  const transfers = useAsync<FundTransfer[]>();
  const sweep = useAsync<Sweep>();
  const acting = useSend();

  async function load(): Promise<void> {
    await Promise.all([
      transfers.run(async (signal) => (await unwrap(api.GET("/api/v1/fund-transfers", { signal }))).items),
      sweep.run((signal) => unwrap(api.GET("/api/v1/fund-transfers/sweep", { signal }))),
    ]);
  }

  type Wish = {
    way: FundTransfer["way"];
    amount: string;
    moved_on: string;
    bank_reference: string;
    note: string | null;
  };

  const propose = (body: Wish): Promise<boolean> =>
    acting.send(async () => {
      await unwrap(api.POST("/api/v1/fund-transfers", { params: { header: once() }, headers: csrf(), body }));
      await load();
    });

  const decide = (one: FundTransfer, decision: "approve" | "reject"): Promise<boolean> =>
    acting.send(async () => {
      await unwrap(
        api.POST("/api/v1/fund-transfers/{transfer_id}/decisions", {
          params: { path: { transfer_id: one.id }, header: { ...ifMatch(one.version), "idempotency-key": freshKey() } },
          headers: csrf(),
          body: { decision },
        }),
      );
      await load();
    });

  const withdraw = (one: FundTransfer): Promise<boolean> =>
    acting.send(async () => {
      await unwrap(
        api.POST("/api/v1/fund-transfers/{transfer_id}/withdrawals", {
          params: { path: { transfer_id: one.id }, header: { ...ifMatch(one.version), "idempotency-key": freshKey() } },
          headers: csrf(),
        }),
      );
      await load();
    });

  return { transfers, sweep, acting, load, propose, decide, withdraw };
}

export function useFundBank() {
  const comparison = useAsync<Reconciliation>();
  const acting = useSend();
  const told = ref("");

  const load = (account: Bank, on: string): Promise<void> =>
    comparison.run((signal) =>
      unwrap(api.GET("/api/v1/bank-statements/reconciliation", { params: { query: on === "" ? { account } : { account, on } }, signal })),
    );

  const explain = (item: { side: "line" | "journal"; subject_id: string }, account: Bank, note: string): Promise<boolean> =>
    acting.send(async () => {
      await unwrap(
        api.POST("/api/v1/bank-statements/explanations", {
          params: { header: once() },
          headers: csrf(),
          body: { account, side: item.side, subject_id: item.subject_id, note },
        }),
      );
    });

  const loadFile = (form: FormData): Promise<boolean> =>
    acting.send(async () => {
      const done = await upload<{ repeated: boolean; matched_count: number; statement: { line_count: number } }>(
        "/api/v1/bank-statements",
        form,
        () => undefined,
        new AbortController().signal,
        { "Idempotency-Key": freshKey() },
      );
      told.value = done.repeated
        ? "该对账单已经导入过，没有变化。"
        : `已导入 ${done.statement.line_count} 笔，自动核对 ${done.matched_count} 组。`;
    });

  return { comparison, acting, told, load, explain, loadFile };
}

export function useFundMonths() {
  const months = useAsync<FundPeriod[]>();
  const period = useAsync<FundPeriodDetail>();
  const pack = useAsync<FundPack>();
  const acting = useSend();
  const chosen: Ref<string | null> = ref(null);

  const load = (): Promise<void> =>
    months.run(async (signal) => (await unwrap(api.GET("/api/v1/fund/periods", { signal }))).items);

  async function choose(month: string): Promise<void> {
    chosen.value = month;
    const path = { params: { path: { month } } };
    await Promise.all([
      period.run((signal) => unwrap(api.GET("/api/v1/fund/periods/{month}", { ...path, signal }))),
      pack.run((signal) => unwrap(api.GET("/api/v1/fund/periods/{month}/pack", { ...path, signal }))),
    ]);
  }

  function act(work: (at: { path: { month: string }; header: ReturnType<typeof step> }) => Promise<unknown>): Promise<boolean> {
    return acting.send(async () => {
      const one = period.data.value;
      if (one === null) return;
      await work({ path: { month: one.month }, header: step(one.version) });
      await Promise.all([load(), choose(one.month)]);
    });
  }

  function step(version: number) {
    return { ...ifMatch(version), "idempotency-key": freshKey() };
  }

  const propose = (exceptions: { code: "income_zero"; reason: string }[]): Promise<boolean> =>
    act((params) =>
      unwrap(api.POST("/api/v1/fund/periods/{month}/closings", { params, headers: csrf(), body: { exceptions } })),
    );

  const approve = (): Promise<boolean> =>
    act((params) =>
      unwrap(
        api.POST("/api/v1/fund/periods/{month}/closings/approvals", {
          params,
          headers: csrf(),
          body: { content_hash: pack.data.value?.content_hash ?? "" },
        }),
      ),
    );

  const withdraw = (): Promise<boolean> =>
    act((params) => unwrap(api.POST("/api/v1/fund/periods/{month}/withdrawals", { params, headers: csrf() })));

  const reopen = (reason: string): Promise<boolean> =>
    act((params) =>
      unwrap(api.POST("/api/v1/fund/periods/{month}/reopenings", { params, headers: csrf(), body: { reason } })),
    );

  const approveReopening = (): Promise<boolean> =>
    act((params) => unwrap(api.POST("/api/v1/fund/periods/{month}/reopenings/approvals", { params, headers: csrf() })));

  const download = (kind: typeof XLSX | typeof PDF): Promise<boolean> =>
    acting.send(async () => {
      const month = chosen.value ?? "";
      const found = unwrap(
        api.GET("/api/v1/fund/periods/{month}/pack", {
          params: { path: { month } },
          headers: { Accept: kind },
          parseAs: "blob",
        }),
      );
      await save(found, `基金月结-${month}.${kind === PDF ? "pdf" : "xlsx"}`);
    });

  return { months, period, pack, acting, chosen, load, choose, propose, approve, withdraw, reopen, approveReopening, download };
}
