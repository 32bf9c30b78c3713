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
export type Attachment = Get<"/api/v1/residents/{resident_id}/attachments">["items"][number];
export type AttachmentLink = TimelineEvent["attachments"][number];
export type Household = Get<"/api/v1/households">["items"][number];
export type HouseholdDetail = Get<"/api/v1/households/{household_id}">;
export type HouseholdMember = HouseholdDetail["residents"][number];
export type LandProject = Get<"/api/v1/land-projects">["items"][number];
export type LandProjectDetail = Get<"/api/v1/land-projects/{project_id}">;
export type LandPerson = Get<"/api/v1/land-projects/{project_id}/persons">["items"][number];
export type LandObjection = Get<"/api/v1/land-projects/{project_id}/objections">["items"][number];
