/** Every Chinese word for a vocabulary value of the API (api/vocabulary), in one place. */

import { moneyTables } from "./labelsOfMoney";
import { registerTables } from "./labelsOfRegister";

const levels: Record<string, string> = {
  province: "省",
  city: "市",
  county: "县（市、区）",
  town: "乡镇（街道）",
  village: "村（社区）",
};

const sexes: Record<string, string> = { male: "男", female: "女" };

const hukouKinds: Record<string, string> = { rural: "农业", non_rural: "非农业" };

const residentStatuses: Record<string, string> = { alive: "正常", dead: "死亡", moved_out: "迁出", merged: "已并入" };

const enrolmentStates: Record<string, string> = {
  draft: "待村级核对",
  village_checked: "待街道初审",
  township_reviewed: "待县级复核",
  county_approved: "已参保",
  returned: "已退回",
  rejected: "不予参保",
  terminated: "已注销",
  withdrawn: "已撤回",
};

const caseStates: Record<string, string> = {
  ...enrolmentStates,
  county_approved: "县级已复核",
  archived: "已办结",
  rejected: "不予通过",
};

const caseKinds: Record<string, string> = { enrolment: "参保登记", change_request: "变更登记", cancellation: "注销登记" };

const caseSteps: Record<string, string> = {
  village_check: "村级核对",
  township_review: "街道初审",
  county_approval: "县级复核",
};

const caseStops: Record<string, string> = {
  maker: "申报人撤回",
  death: "本人死亡",
  moved_out: "本人迁出",
  member_gone: "户内有人死亡或迁出",
};

const rhythms: Record<string, string> = { yearly: "按年", quarterly: "按季", monthly: "按月" };

const changeKinds: Record<string, string> = {
  bank_account: "银行账号",
  phone: "联系电话",
  name: "姓名",
  id_number: "身份证号",
  tier: "缴费档次",
  rhythm: "缴费周期",
  category: "特殊人群",
  exclusion: "不应参保情形",
  hukou_kind: "户口性质",
  address: "户籍地址",
  village_group: "村民小组",
  ethnicity: "民族",
  sex: "性别",
  household_split: "分户",
  household_merge: "并户",
  household_move: "户内成员转户",
  household_head: "变更户主",
};

const proofs: Record<string, string> = {
  household_book: "户口簿",
  id_card: "居民身份证",
  police: "公安机关证明",
  bank_book: "银行存折（卡）",
  certificate: "残疾人证、低保证等证件",
  employer: "学校或单位证明",
  village: "村（居）委会证明",
  application: "本人申请",
};

const specialGroups: Record<string, string> = {
  disability: "残疾",
  dibao: "低保",
  wubao: "五保",
  one_child: "独生子女或双女户",
  land_taken: "被征地",
};

const exclusions: Record<string, string> = {
  student: "在校学生",
  soldier: "参军（现役）",
  prisoner: "服刑",
  employee_insured: "参加职保",
  other_pension: "领取其他养老金",
  unwilling: "无意愿",
  unreachable: "外出联系不上",
  empty_hukou: "空挂户",
  dead_not_cancelled: "死亡未销户",
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

const factKinds: Record<string, string> = {
  disability: "残疾",
  dibao: "低保",
  wubao: "五保",
  one_child: "独生子女或双女户",
  land_taken: "被征地",
  student: "在校学生",
  soldier: "参军（现役）",
  prisoner: "服刑",
  employee_insured: "参加职保",
  other_pension: "领取其他养老金",
  unwilling: "无意愿",
  unreachable: "外出联系不上",
  empty_hukou: "空挂户",
  dead_not_cancelled: "死亡未销户",
};

const factSources: Record<string, string> = {
  first_record: "系统启用时已有",
  import: "花名册导入",
  user: "经办人登记",
  case: "变更登记",
  department_list: "部门名单",
  move: "随迁移转",
};

const registerStatuses: Record<string, string> = {
  insured: "已参保",
  registered_unpaid: "已登记未缴费",
  not_enrolled: "未参保",
  excluded: "不计入应参保",
};

const steps: Record<string, string> = {
  village_check: "村级核对",
  township_review: "街道初审",
  county_approval: "县级复核",
};

const decisions: Record<string, string> = { approve: "同意", return: "退回", reject: "不予通过" };

const cancellationStates: Record<string, string> = {
  draft: "待村级核对",
  village_checked: "待街道初审",
  township_reviewed: "待县级复核",
  county_approved: "已复核，待结算",
  archived: "已注销",
  returned: "已退回",
  rejected: "不予通过",
  withdrawn: "已撤回",
};

const cancellationReasons: Record<string, string> = {
  death: "死亡",
  settled_abroad: "出国（境）定居",
  other_pension: "领取其他养老待遇",
  hukou_not_rural: "户口不再为农业",
};

const cancellationProofs: Record<string, string> = {
  death_certificate: "死亡证明",
  cremation_certificate: "火化证明",
  hukou_cancelled: "户口注销证明",
  court_judgment: "法院宣告死亡判决",
  residence_abroad: "境外定居证明",
  other_scheme: "其他养老待遇领取证明",
  hukou_book: "户口簿（户口性质变更）",
};

const payeeRelations: Record<string, string> = {
  self: "本人",
  spouse: "配偶",
  child: "子女",
  parent: "父母",
  sibling: "兄弟姐妹",
  other_heir: "其他继承人",
};

const settlementStates: Record<string, string> = {
  computed: "待复核",
  approved: "待支付",
  paid: "已支付",
  closed: "已办结（无需支付）",
  discarded: "已作废",
  reversed: "已冲回",
};

const recoveryStates: Record<string, string> = {
  open: "追回中",
  set_off: "已抵扣",
  repaid: "已退回",
  cancelled: "已撤销",
};

const tables = {
  level: levels,
  sex: sexes,
  hukouKind: hukouKinds,
  residentStatus: residentStatuses,
  enrolmentState: enrolmentStates,
  caseState: caseStates,
  caseKind: caseKinds,
  caseStep: caseSteps,
  caseStop: caseStops,
  decision: decisions,
  rhythm: rhythms,
  changeKind: changeKinds,
  proof: proofs,
  specialGroup: specialGroups,
  exclusion: exclusions,
  benefitState: benefitStates,
  accountState: accountStates,
  role: roles,
  category: categories,
  factKind: factKinds,
  factSource: factSources,
  registerStatus: registerStatuses,
  step: steps,
  cancellationState: cancellationStates,
  cancellationReason: cancellationReasons,
  cancellationProof: cancellationProofs,
  payeeRelation: payeeRelations,
  settlementState: settlementStates,
  recoveryState: recoveryStates,
  ...registerTables,
  ...moneyTables,
} as const;

/** The values of a vocabulary in the order in which people are offered them. */
export function choices(table: LabelTable): { value: string; label: string }[] {
  return Object.entries(tables[table]).map(([value, word]) => ({ value, label: word }));
}

export type LabelTable = keyof typeof tables;

/** The Chinese word; a value this page does not know yet is shown as it is rather than hidden. */
export function label(table: LabelTable, value: string | null | undefined): string {
  if (value == null || value === "") return "—";
  return tables[table][value] ?? value;
}

export type Tone = "good" | "wait" | "bad" | "plain";

const tones: Record<string, Tone> = {
  county_approved: "good",
  archived: "good",
  active: "good",
  draft: "wait",
  village_checked: "wait",
  township_reviewed: "wait",
  pending: "wait",
  insured: "good",
  registered_unpaid: "wait",
  not_enrolled: "bad",
  returned: "bad",
  rejected: "bad",
  suspended: "bad",
  stopped: "bad",
  paid: "good",
  closed: "good",
  repaid: "good",
  set_off: "good",
  computed: "wait",
  approved: "wait",
  open: "wait",
  proposed: "wait",
  merge_proposed: "wait",
  merged: "good",
  applied: "good",
  uploaded: "wait",
  checking: "wait",
  previewed: "wait",
  applying: "wait",
  failed: "bad",
  compared: "wait",
  listed: "wait",
  published: "wait",
  town_checked: "wait",
  upheld: "bad",
  submitted: "wait",
  received: "wait",
  posted: "good",
  left: "bad",
  reversed: "plain",
  warn: "wait",
  late: "bad",
  blocked: "bad",
  recorded: "wait",
  disputed: "bad",
  confirmed: "good",
  sent: "wait",
  resolved: "good",
  booked: "good",
  closing: "wait",
  reopening: "wait",
  reopened: "wait",
  met: "good",
  waived: "wait",
  unmet: "bad",
};

export function tone(state: string): Tone {
  return tones[state] ?? "plain";
}
