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

const departmentListKinds: Record<string, string> = {
  deaths: "死亡名单",
  disability: "残疾名单",
  dibao: "低保名单",
  wubao: "五保名单",
  employee_insurance: "职保参保名单",
  land_taken: "被征地名单",
  students: "在校学生名单",
  prisoners: "服刑人员名单",
};

const departmentListStates: Record<string, string> = { compared: "待复核", applied: "已采用", rejected: "不予采用" };

const listOutcomes: Record<string, string> = {
  added: "新增",
  changed: "变更",
  removed: "名单上已没有",
  unchanged: "相同",
  not_found: "查无此人",
  other_name: "证件号相同、姓名不同",
  same_name_other_id: "姓名相同、证件号不同",
  already_dead: "已登记死亡",
  moved_out: "已迁出",
};

const listEffects: Record<string, string> = {
  none: "不处理",
  begin: "登记",
  change: "变更",
  end: "终止",
  report_death: "登记死亡",
};

/** Why a chosen row could not be applied; codes of the API. */
const listRefusals: Record<string, string> = {
  "register-has-changed": "比对之后花名册已变化",
  "fact-overlaps": "与以前的登记时间重叠",
  "fact-already-open": "已经登记",
  "fact-not-open": "已经终止",
  "fact-ends-before-it-begins": "终止日期早于起始日期",
  "resident-gone": "已登记死亡",
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
  departmentListKind: departmentListKinds,
  departmentListState: departmentListStates,
  listOutcome: listOutcomes,
  listEffect: listEffects,
  listRefusal: listRefusals,
} as const;

export type LabelTable = keyof typeof tables;

/** The Chinese word; a value this page does not know yet is shown as it is rather than hidden. */
export function label(table: LabelTable, value: string | null | undefined): string {
  if (value == null || value === "") return "—";
  return tables[table][value] ?? value;
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
  compared: "wait",
  applied: "good",
};

export function tone(state: string): Tone {
  return tones[state] ?? "plain";
}
