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
export type ParticipationAnswer = Get<"/api/v1/reports/participation">;
/** Figures of one unit together with the day and the target that they are measured by. */
export type ParticipationFigures = ParticipationAnswer["children"][number] &
  Pick<ParticipationAnswer, "as_of" | "target_rate" | "target_deadline">;
export type Participation = Omit<ParticipationAnswer, "children"> & { children: ParticipationFigures[] };
export type TrendPage = Get<"/api/v1/reports/participation/trend">;
export type TrendPoint = TrendPage["items"][number];
export type Resident = Get<"/api/v1/residents">["items"][number];
export type ResidentDetail = Get<"/api/v1/residents/{resident_id}">;
export type Account = Get<"/api/v1/accounts/{resident_id}">;
export type TimelineEvent = Get<"/api/v1/residents/{resident_id}/timeline">["items"][number];
export type WorkItem = Get<"/api/v1/work-items">["items"][number];
export type WorkCount = Get<"/api/v1/work-items/counts">["items"][number];
export type WorkBox = WorkCount["box"];
export type Step = WorkCount["step"];
export type Enrolment = Get<"/api/v1/enrolments/{enrolment_id}">;
export type ChangeRequest = Get<"/api/v1/change-requests/{request_id}">;
export type CaseDecision = Enrolment["decisions"][number];
export type HouseholdMember = Get<"/api/v1/households/{household_id}">["residents"][number];
