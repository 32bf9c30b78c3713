/** Short names for the shapes of the API; derived by route, so a renamed schema does not touch the pages. */

import type { paths } from "./schema";

type Get<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;

export type Session = Get<"/api/v1/sessions/current">;
export type Actor = Session["actor"];
export type DemoUser = Get<"/api/v1/demo-users">["items"][number];
export type Division = Get<"/api/v1/divisions">["items"][number];
export type Participation = Get<"/api/v1/reports/participation">;
export type ParticipationFigures = Participation["children"][number];
export type TrendPoint = Get<"/api/v1/reports/participation/trend">["items"][number];
export type Resident = Get<"/api/v1/residents">["items"][number];
export type ResidentDetail = Get<"/api/v1/residents/{id}">;
export type Account = Get<"/api/v1/accounts/{resident_id}">;
export type TimelineEvent = Get<"/api/v1/residents/{id}/timeline">["items"][number];
