/** Participation of a unit and its course over time. */

import { api, unwrap } from "@/api/client";
import type { Participation, ParticipationAnswer, TrendPage, TrendPoint } from "@/api/types";
import { useAsync } from "./useAsync";

const TREND_POINTS = 200;

/** The units below are measured by the day and the target of the report that they stand in. */
function measured(answer: ParticipationAnswer): Participation {
  const { as_of, target_rate, target_deadline } = answer;
  return {
    ...answer,
    children: answer.children.map((unit) => ({ ...unit, as_of, target_rate, target_deadline })),
  };
}

export function useParticipation() {
  const report = useAsync<Participation>();
  const trend = useAsync<TrendPoint[]>();

  async function load(division: string, asOf: string | null): Promise<void> {
    await report.run(async (signal) =>
      measured(
        await unwrap(
          api.GET("/api/v1/reports/participation", {
            params: { query: asOf === null ? { division } : { division, as_of: asOf } },
            signal,
          }),
        ),
      ),
    );
  }

  async function loadTrend(division: string): Promise<void> {
    await trend.run(async (signal) => {
      const points: TrendPoint[] = [];
      let after: string | null = null;
      // The oldest come first, so only the last page has the figures that matter most.
      do {
        const query = { division, limit: TREND_POINTS, ...(after === null ? {} : { after }) };
        const page: TrendPage = await unwrap(
          api.GET("/api/v1/reports/participation/trend", { params: { query }, signal }),
        );
        points.push(...page.items);
        after = page.next;
      } while (after !== null);
      return points.sort((a, b) => (a.as_of < b.as_of ? -1 : 1));
    });
  }

  return { report, trend, load, loadTrend };
}
