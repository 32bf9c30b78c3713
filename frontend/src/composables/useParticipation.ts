/** Participation of a unit and its course over time. */

import { api, unwrap } from "@/api/client";
import type { Participation, TrendPoint } from "@/api/types";
import { useAsync } from "./useAsync";

export function useParticipation() {
  const report = useAsync<Participation>();
  const trend = useAsync<TrendPoint[]>();

  async function load(division: string, asOf: string | null): Promise<void> {
    await report.run((signal) =>
      unwrap(
        api.GET("/api/v1/reports/participation", {
          params: { query: asOf === null ? { division } : { division, as_of: asOf } },
          signal,
        }),
      ),
    );
  }

  async function loadTrend(division: string): Promise<void> {
    await trend.run(async (signal) => {
      const page = await unwrap(
        api.GET("/api/v1/reports/participation/trend", { params: { query: { division } }, signal }),
      );
      return [...page.items].sort((a, b) => (a.as_of < b.as_of ? -1 : 1));
    });
  }

  return { report, trend, load, loadTrend };
}
