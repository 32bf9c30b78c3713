import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { label, tone, type LabelTable } from "./labels";

/** Members of one enumeration of api/vocabulary, read from its source so that the two cannot drift apart. */
function words(name: string): [string, string][] {
  const folder = "../api/vocabulary";
  const files = readdirSync(folder).filter((file) => file.endsWith(".py"));
  const source = files.map((file) => readFileSync(`${folder}/${file}`, "utf-8")).join("\n");
  const body = source.split(`class ${name}(Word):`)[1]?.split("\nclass ")[0] ?? "";
  return [...body.matchAll(/^ {4}[A-Z_0-9]+ = "([a-z_0-9]+)", "([^"]+)"/gm)].map((found) => [
    found[1] as string,
    found[2] as string,
  ]);
}

/** The vocabulary writes brackets of half width; the page sets them as Chinese type does. */
function typeset(text: string): string {
  return text.replace("(", "（").replace(")", "）");
}

describe("labels follow the vocabulary of the API", () => {
  it.each<[string, LabelTable]>([
    ["DivisionLevel", "level"],
    ["ParameterLayer", "parameterLayer"],
    ["ParameterChangeState", "parameterChangeState"],
    ["Sex", "sex"],
    ["HukouKind", "hukouKind"],
    ["ResidentStatus", "residentStatus"],
    ["EnrolmentState", "enrolmentState"],
    ["BenefitState", "benefitState"],
    ["RoleName", "role"],
    ["SubsidyPurpose", "subsidyPurpose"],
    ["GovernmentLevel", "governmentLevel"],
    ["SubsidyClaimState", "subsidyClaimState"],
    ["SubsidyReceiptState", "subsidyReceiptState"],
    ["FactKind", "factKind"],
    ["FactSource", "factSource"],
    ["RegisterStatus", "registerStatus"],
    ["AttachmentKind", "attachmentKind"],
    ["LandProjectState", "landProjectState"],
    ["LandStep", "landStep"],
    ["ObjectionOutcome", "objectionOutcome"],
    ["CollectionState", "collectionState"],
    ["FindingCode", "findingCode"],
    ["FindingState", "findingState"],
    ["FindingDecision", "findingDecision"],
    ["HouseholdTask", "householdTask"],
    ["CashAlarm", "cashAlarm"],
    ["RemittanceState", "remittanceState"],
    ["BlockState", "blockState"],
    ["BlockPurpose", "blockPurpose"],
    ["VoidState", "voidState"],
    ["ContributionKind", "contributionKind"],
    ["ContributionKind", "contributionKind"],
    ["Channel", "channel"],
    ["PayerListKind", "payerListKind"],
    ["PayerKind", "payerKind"],
    ["PayerListState", "payerListState"],
    ["PayerLineState", "payerLineState"],
    ["LeftReason", "leftReason"],
    ["GovernmentPaidOutcome", "governmentPaidOutcome"],
    ["UnpaidReason", "unpaidReason"],
    ["FundTransferWay", "fundTransferWay"],
    ["FundTransferState", "fundTransferState"],
    ["FundPeriodState", "fundPeriodState"],
    ["BankAccountName", "bankAccountName"],
    ["BankItemSide", "bankItemSide"],
    ["FundHead", "fundHead"],
    ["PreconditionState", "preconditionState"],
    ["FundAccount", "fundAccount"],
  ])("%s", (name, table) => {
    const members = words(name);
    expect(members.length).toBeGreaterThan(1);
    for (const [value, chinese] of members) expect(label(table, value)).toBe(typeset(chinese));
  });

  it("shows an unknown value rather than hiding it", () => {
    expect(label("enrolmentState", "newer_state")).toBe("newer_state");
    expect(label("enrolmentState", null)).toBe("—");
  });

  it("does not mark a stopped pension as good", () => {
    expect(tone("stopped")).toBe("bad");
    expect(tone("county_approved")).toBe("good");
    expect(tone("newer_state")).toBe("plain");
  });
});
