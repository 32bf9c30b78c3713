/** Chinese words of the register's papers: documents, duplicates, imports, lists of departments, land and houses. */

const documentKinds: Record<string, string> = {
  resident_id: "居民身份证",
  resident_id_15: "15位身份证",
  travel_permit: "港澳台居民来往内地通行证",
  passport: "护照",
  other: "其他证件",
};

const documentReasons: Record<string, string> = {
  first_registration: "首次登记",
  upgraded: "15位升18位",
  reissued: "换领新号码",
  corrected: "登记更正",
  additional: "补充登记",
};

const duplicateStates: Record<string, string> = {
  proposed: "待核实",
  merge_proposed: "待复核合并",
  merged: "已合并",
  not_duplicate: "不是同一人",
  lapsed: "已不相似",
};

const duplicateActs: Record<string, string> = {
  propose_merge: "提出合并",
  merge: "同意合并",
  not_duplicate: "认定不是同一人",
  return: "退回重新核实",
  undo: "撤销",
};

const likenesses: Record<string, string> = {
  same_name: "姓名相同",
  homophone: "姓名同音",
  name_one_off: "姓名只差一字",
  same_birth: "出生日期相同",
  birth_swapped: "出生月日互换",
  birth_one_part: "出生年、月、日只差一项",
  number_one_off: "证件号码只差一处",
  number_two_off: "证件号码相差两处",
  same_household: "同一户",
  same_village: "同一村",
  same_bank_account: "银行账号相同",
  other_sex: "性别不同",
};

/** Facts of a person as a comparison names them. */
const facts: Record<string, string> = {
  ethnicity: "民族",
  address: "户籍地址",
  village_group: "村民小组",
  relation: "与户主关系",
  disability_grade: "残疾等级",
  remark: "备注",
  household_id: "户号",
  phone: "联系电话",
  bank_account: "银行账号",
};

/** Where a fact of a person comes from. */
const sources: Record<string, string> = {
  import: "名册导入",
  user: "经办人",
  system: "系统",
  other: "其他单位",
};

const importKinds: Record<string, string> = {
  residents: "居民花名册",
  enrolments: "参保申请名单",
  contributions: "缴费名单",
};

const importStates: Record<string, string> = {
  uploaded: "待校验",
  checking: "校验中",
  previewed: "待确认",
  approved: "待入库",
  applying: "入库中",
  applied: "已入库",
  cancelled: "已取消",
  dry_run: "仅校验",
  failed: "失败",
};

const jobPhases: Record<string, string> = { checking: "正在校验", previewed: "等待入库", applying: "正在入库" };

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

export const registerTables = {
  documentKind: documentKinds,
  documentReason: documentReasons,
  duplicateState: duplicateStates,
  duplicateAct: duplicateActs,
  likeness: likenesses,
  fact: facts,
  source: sources,
  importKind: importKinds,
  importState: importStates,
  jobPhase: jobPhases,
  departmentListKind: departmentListKinds,
  departmentListState: departmentListStates,
  listOutcome: listOutcomes,
  listEffect: listEffects,
  listRefusal: listRefusals,
  attachmentKind: attachmentKinds,
  landProjectState: landProjectStates,
  landStep: landSteps,
  objectionOutcome: objectionOutcomes,
  householdTask: householdTasks,
} as const;
