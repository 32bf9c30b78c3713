/** The business date, and the tiers that are offered on a day; which of them a person may choose is the server's to say. */

import { api, unwrap } from "@/api/client";

/** The installation's business date, which is not the clock of this machine. */
export async function loadToday(signal: AbortSignal): Promise<string> {
  return (await unwrap(api.GET("/api/v1/work-items/counts", { signal }))).today;
}

/** Tiers in force on a day, as yuan. */
export async function loadTiers(on: string, signal: AbortSignal): Promise<string[]> {
  const found = await unwrap(api.GET("/api/v1/policy-parameters", { params: { query: { code: "tiers", on } }, signal }));
  const values: unknown = found.items[0]?.value;
  return Array.isArray(values) ? values.map(String) : [];
}
