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
export type AccountStatement = Get<"/api/v1/accounts/{resident_id}/statement">;
export type AccountProof = Get<"/api/v1/accounts/{resident_id}/proof">;
export type InterestRun = Get<"/api/v1/interest-runs">["items"][number];
export type BackdatedContribution = Get<"/api/v1/backdated-contributions">["items"][number];
export type YearProof = Get<"/api/v1/year-proofs">["items"][number];
export type LedgerSeal = Get<"/api/v1/ledger-seals/latest">;
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
export type Receipt = Get<"/api/v1/receipts">["items"][number];
export type ReceiptBlock = Get<"/api/v1/receipts/blocks">["items"][number];
export type ReceiptVoid = Get<"/api/v1/receipts/voids">["items"][number];
export type ReceiptGaps = Get<"/api/v1/receipts/gaps">["items"][number];
export type ReceiptSample = Get<"/api/v1/receipts/samples">;
export type ReceiptVerified = paths["/api/v1/receipts/verifications"]["post"]["responses"][200]["content"]["application/json"];
export type Collector = Get<"/api/v1/collectors">["items"][number];
export type CollectorDetail = Get<"/api/v1/collectors/{collector_id}">;
export type Remittance = Get<"/api/v1/remittances">["items"][number];
export type CoveredReceipt = Get<"/api/v1/remittances/{remittance_id}/receipts">["items"][number];
export type Allowance = Get<"/api/v1/contributions/allowances/{resident_id}">;
export type Contribution = Get<"/api/v1/contributions/{contribution_id}">;
export type UnpaidPerson = Get<"/api/v1/unpaid-contributions">["items"][number];
export type UnpaidCounts = Get<"/api/v1/unpaid-contributions/counts">;
export type PayerListSummary = Get<"/api/v1/payer-lists">["items"][number];
export type PayerList = Get<"/api/v1/payer-lists/{list_id}">;
export type PayerLine = Get<"/api/v1/payer-lists/{list_id}/lines">["items"][number];
export type GovernmentPaidRun = Get<"/api/v1/government-paid-runs">["items"][number];
export type GovernmentPaidLine = Get<"/api/v1/government-paid-runs/{run_id}/lines">["items"][number];
type Post200<P extends keyof paths> = paths[P] extends {
  post: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;
type Post201<P extends keyof paths> = paths[P] extends {
  post: { responses: { 201: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;
export type Quote = Post200<"/api/v1/contributions/quotes">;
export type ContributionGroup = Post201<"/api/v1/contributions/make-ups">;
export type SubsidyPosition = Get<"/api/v1/subsidy-claims/position">;
export type SubsidyLevel = SubsidyPosition["items"][number];
export type SubsidyClaim = Get<"/api/v1/subsidy-claims">["items"][number];
export type SubsidyReceipt = Get<"/api/v1/subsidy-receipts">["items"][number];
export type CollectionBatch = Get<"/api/v1/collection-batches/{batch_id}">;
export type CollectionException = Get<"/api/v1/collection-batches/{batch_id}/exceptions">["items"][number];
export type CollectionFinding = Get<"/api/v1/collection-batches/{batch_id}/findings">["items"][number];
export type CollectionFile = Get<"/api/v1/collection-batches/{batch_id}/export">["items"][number];
export type CollectionReturn = Get<"/api/v1/collection-batches/{batch_id}/returns">["items"][number];
export type CollectionMoney = Get<"/api/v1/collection-batches/{batch_id}/money-proofs">;
export type CollectionFailure = Get<"/api/v1/collection-failures">["items"][number];
export type FundAccounts = Get<"/api/v1/fund/accounts">;
export type FundAccount = FundAccounts["items"][number];
export type FundTransfer = Get<"/api/v1/fund-transfers">["items"][number];
export type Sweep = Get<"/api/v1/fund-transfers/sweep">;
export type Reconciliation = Get<"/api/v1/bank-statements/reconciliation">;
export type FundPeriod = Get<"/api/v1/fund/periods">["items"][number];
export type FundPeriodDetail = Get<"/api/v1/fund/periods/{month}">;
export type FundPack = Get<"/api/v1/fund/periods/{month}/pack">;
export type PolicyParameter = Get<"/api/v1/policy-parameters">["items"][number];
export type ParameterImpact = Get<"/api/v1/policy-parameters/{change_id}/impact">;
