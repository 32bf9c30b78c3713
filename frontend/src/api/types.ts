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
export type ResidentDocument = Get<"/api/v1/residents/{resident_id}/documents">["items"][number];
export type Duplicate = Get<"/api/v1/duplicates">["items"][number];
export type DuplicateDetail = Get<"/api/v1/duplicates/{duplicate_id}">;
export type DuplicateSide = DuplicateDetail["first"];
export type DuplicateState = Duplicate["state"];
export type TimelineEvent = Get<"/api/v1/residents/{resident_id}/timeline">["items"][number];
export type RegisterTotals = Get<"/api/v1/participation-register/totals">;
export type RegisterEntry = Get<"/api/v1/participation-register">["items"][number];
export type Fact = Get<"/api/v1/residents/{resident_id}/facts">["items"][number];
export type FactKind = Fact["kind"];
export type Cancellation = Get<"/api/v1/cancellations">["items"][number];
export type CancellationDetail = Get<"/api/v1/cancellations/{cancellation_id}">;
export type SettlementSummary = Get<"/api/v1/settlements">["items"][number];
export type Settlement = Get<"/api/v1/settlements/{settlement_id}">;
export type Overdue = Get<"/api/v1/settlements/overdue">["items"][number];
export type Recovery = Get<"/api/v1/recoveries">["items"][number];
export type ResidentVersion = Get<"/api/v1/residents/{resident_id}/versions">["items"][number];
export type FieldSource = Get<"/api/v1/residents/{resident_id}/sources">["items"][number];
export type ImportSummary = Get<"/api/v1/imports">["items"][number];
export type ImportDetail = Get<"/api/v1/imports/{import_id}">;
export type ImportFinding = Get<"/api/v1/imports/{import_id}/findings">["items"][number];
export type Job = Get<"/api/v1/jobs/{job_id}">;
export type DepartmentListSummary = Get<"/api/v1/department-lists">["items"][number];
export type DepartmentList = Get<"/api/v1/department-lists/{list_id}">;
export type DepartmentListRow = Get<"/api/v1/department-lists/{list_id}/rows">["items"][number];
export type DepartmentListKind = DepartmentListSummary["kind"];
export type ListOutcome = DepartmentListRow["outcome"];
export type Attachment = Get<"/api/v1/residents/{resident_id}/attachments">["items"][number];
export type AttachmentLink = TimelineEvent["attachments"][number];
export type Household = Get<"/api/v1/households">["items"][number];
export type HouseholdDetail = Get<"/api/v1/households/{household_id}">;
export type HouseholdMember = HouseholdDetail["residents"][number];
export type LandProject = Get<"/api/v1/land-projects">["items"][number];
export type LandProjectDetail = Get<"/api/v1/land-projects/{project_id}">;
export type LandPerson = Get<"/api/v1/land-projects/{project_id}/persons">["items"][number];
export type LandObjection = Get<"/api/v1/land-projects/{project_id}/objections">["items"][number];
export type WorkItem = Get<"/api/v1/work-items">["items"][number];
export type WorkCount = Get<"/api/v1/work-items/counts">["items"][number];
export type WorkBox = WorkCount["box"];
export type Step = WorkCount["step"];
export type Enrolment = Get<"/api/v1/enrolments/{enrolment_id}">;
export type ChangeRequest = Get<"/api/v1/change-requests/{request_id}">;
export type CaseDecision = Enrolment["decisions"][number];
export type PolicyParameter = Get<"/api/v1/policy-parameters">["items"][number];
export type ParameterImpact = Get<"/api/v1/policy-parameters/{change_id}/impact">;
