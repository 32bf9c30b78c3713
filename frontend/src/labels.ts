/** Every Chinese word for a vocabulary value of the API (api/vocabulary.py), in one place. */

const levels: Record<string, string> = {
  province: "省",
  city: "市",
  county: "县（市、区）",
  town: "乡镇（街道）",
  village: "村（社区）",
};

const sexes: Record<string, string> = { male: "男", female: "女" };

const hukouKinds: Record<string, string> = { rural: "农业", non_rural: "非农业" };

const residentStatuses: Record<string, string> = { alive: "正常", dead: "死亡", moved_out: "迁出" };

const enrolmentStates: Record<string, string> = {
  draft: "待村级核对",
  village_checked: "待街道初审",
  township_reviewed: "待县级复核",
  county_approved: "已参保",
  returned: "已退回",
  rejected: "不予参保",
  terminated: "已注销",
};

const benefitStates: Record<string, string> = {
  pending: "待启动",
  active: "正常发放",
  suspended: "暂停",
  stopped: "停发",
  terminated: "终止",
};

const accountStates: Record<string, string> = { open: "缴费中", drawing: "领取中", closed: "已清户" };

const roles: Record<string, string> = {
  village_assistant: "村协办员",
  town_clerk: "街道经办员",
  town_reviewer: "街道初审员",
  county_clerk: "县级经办员",
  county_reviewer: "县级复核员",
  finance: "基金财务",
  auditor: "内部审计",
  administrator: "系统管理员",
};

const categories: Record<string, string> = {
  student: "在校学生",
  is_student: "在校学生",
  employee_insured: "参加职保",
  other_pension: "领取其他养老金",
  disabled: "残疾",
  severely_disabled: "重度残疾",
  dibao: "低保",
  wubao: "五保",
  land_taken: "被征地",
};

const attachmentKinds: Record<string, string> = {
  photo: "照片",
  id_card: "身份证",
  hukou_book: "户口簿",
  form: "登记表",
  certificate: "证明",
  death_certificate: "死亡证明",
  resolution: "村民会议决议",
  other: "其他材料",
};

const landProjectStates: Record<string, string> = {
  draft: "名单编制中",
  listed: "名单已定",
  published: "公示中",
  town_checked: "待县级批准",
  approved: "已批准",
};

const landSteps: Record<string, string> = {
  list: "确定名单",
  publish: "张榜公示",
  town_check: "街道核对",
  county_approval: "县级批准",
};

const objectionOutcomes: Record<string, string> = { open: "待处理", dismissed: "异议不成立", upheld: "异议成立" };

const householdTasks: Record<string, string> = {
  enrol: "参保",
  mend: "补正登记",
  pay: "缴费",
  turn_60: "办理领取",
  bring_paper: "补交材料",
};

const tables = {
  level: levels,
  sex: sexes,
  hukouKind: hukouKinds,
  residentStatus: residentStatuses,
  enrolmentState: enrolmentStates,
  benefitState: benefitStates,
  accountState: accountStates,
  role: roles,
  category: categories,
  attachmentKind: attachmentKinds,
  landProjectState: landProjectStates,
  landStep: landSteps,
  objectionOutcome: objectionOutcomes,
  householdTask: householdTasks,
} as const;

export type LabelTable = keyof typeof tables;

/** The Chinese word; a value this page does not know yet is shown as it is rather than hidden. */
export function label(table: LabelTable, value: string | null | undefined): string {
  if (value == null || value === "") return "—";
  return tables[table][value] ?? value;
}

/** Every value of a table with its word, in the order of the vocabulary: for a choice. */
export function choices(table: LabelTable): [string, string][] {
  return Object.entries(tables[table]);
}

export type Tone = "good" | "wait" | "bad" | "plain";

const tones: Record<string, Tone> = {
  county_approved: "good",
  active: "good",
  draft: "wait",
  village_checked: "wait",
  township_reviewed: "wait",
  pending: "wait",
  returned: "bad",
  rejected: "bad",
  suspended: "bad",
  stopped: "bad",
  listed: "wait",
  published: "wait",
  town_checked: "wait",
  approved: "good",
  open: "bad",
  upheld: "bad",
};

export function tone(state: string): Tone {
  return tones[state] ?? "plain";
}
