/** Chinese words of the pages about money: payments, cash, banks, claims, accounts and the books of the fund. */

const contributionKinds: Record<string, string> = {
  annual: "年度缴费",
  make_up: "补缴",
  government_paid: "政府代缴",
  collective: "集体补助",
  lump_sum: "趸缴",
  sponsored: "资助",
  land: "被征地资金",
};

const channels: Record<string, string> = {
  cash: "现金",
  bank_deduction: "银行代扣",
  bank_transfer: "银行转账",
  government: "财政拨付",
};

const payerListKinds: Record<string, string> = { collective: "集体补助", sponsored: "资助", land: "被征地资金" };

const payerKinds: Record<string, string> = {
  village_collective: "村集体经济组织",
  organisation: "其他组织",
  person: "个人",
};

const payerListStates: Record<string, string> = {
  draft: "待提交",
  submitted: "待确认到账",
  received: "待复核入账",
  posted: "已入账",
  rejected: "不予入账",
  withdrawn: "已撤回",
  reversed: "已全部冲正",
};

const payerLineStates: Record<string, string> = {
  listed: "待入账",
  posted: "已入账",
  left: "未能入账",
  reversed: "已冲正",
  refunded: "已退回付款方",
  readdressed: "已改列他人",
};

const leftReasons: Record<string, string> = {
  gone: "到账前已死亡或迁出",
  not_insured: "未参保",
  account_not_open: "个人账户已结算",
  cancelling: "正在办理注销登记",
  opened_later: "到账年度以后才建立账户",
  rejected: "名单未通过复核",
};

const governmentPaidOutcomes: Record<string, string> = {
  pay: "代缴",
  gone: "已死亡或迁出",
  not_insured: "未参保",
  account_not_open: "个人账户已结算",
  cancelling: "正在办理注销登记",
  period_closed: "代缴年度早于个人账户建立年度",
  deducting: "该年度正在银行代扣，尚未回盘",
  too_young: "未满缴费年龄",
  over_age: "已过缴费年龄",
  already_paid: "该年度已缴费",
  higher_tier: "选择了更高档次，须先由本人缴纳差额",
  changed: "审批后情况已变化，未代缴",
};

const unpaidReasons: Record<string, string> = { never_paid: "未缴费", instalments_open: "分期未缴足", bank_refused: "银行代扣失败" };

const cashAlarms: Record<string, string> = { none: "正常", warn: "提醒", late: "逾期", blocked: "停收" };

const remittanceStates: Record<string, string> = {
  recorded: "待确认",
  disputed: "有差异",
  confirmed: "已确认",
  rejected: "未到账退回",
};

const blockStates: Record<string, string> = { open: "使用中", returned: "已交回", exhausted: "已用完" };

const blockPurposes: Record<string, string> = { paper: "纸质收据本", device: "离线设备" };

const voidStates: Record<string, string> = { proposed: "待确认", confirmed: "已作废", refused: "不予作废" };

const collectionStates: Record<string, string> = {
  computed: "待审批",
  approved: "已审批",
  sent: "已报盘",
  posted: "部分回盘",
  closed: "已结清",
  discarded: "已作废",
};

const findingCodes: Record<string, string> = {
  unreadable: "无法识别",
  unknown: "批次中没有此单据号",
  other_amount: "金额与报盘不符",
  other_person: "人员与报盘不符",
  repeated: "重复",
  contradictory: "与另一结果矛盾",
  late: "逾期返回",
  not_postable: "不能入账",
  no_answer: "银行未返回",
};

const findingStates: Record<string, string> = { open: "待处理", proposed: "待复核", resolved: "已处理" };

const findingDecisions: Record<string, string> = {
  paid: "按已扣款入账",
  failed: "按扣款失败处理",
  dismissed: "不予采用",
};

/** Why somebody is not on a deduction file, or is on it but worth a look; codes of the API. */
const collectionReasons: Record<string, string> = {
  no_bank_account: "没有银行账号",
  shared_bank_account: "与他人共用账号",
  cancellation: "正在注销",
  in_other_batch: "在另一批次中",
  tier_not_offered: "档次不在该年度之列",
  tier_differs: "与已缴档次不同",
  rhythm_differs: "与已缴周期不同",
  period_closed: "该期间已结息",
  account_closed: "账户已清户",
  gone: "已死亡或迁出",
  paid: "已缴费",
  drawing: "领取待遇中",
  not_due: "本期未到",
  other_rhythm: "其他缴费周期",
  government_paid: "政府代缴",
  too_young: "未满缴费年龄",
  past_paying_age: "已过缴费年龄",
};

const journalKinds: Record<string, string> = {
  contribution: "缴费",
  subsidy: "政府补贴",
  interest: "计息",
  settlement_interest: "结算计息",
  interest_correction: "利息更正",
  payment_settled: "养老金发放",
  reversal: "冲正",
  settlement: "一次性结算",
  collection: "银行代扣",
  payer_list: "补助资助入账",
  government_paid: "政府代缴",
};

const runStates: Record<string, string> = {
  computed: "已计算，待复核",
  approved: "已复核，入账中",
  posted: "已入账",
  discarded: "已作废",
};

const fundTransferWays: Record<string, string> = {
  sweep: "收入户划转财政专户",
  allot: "财政专户拨付支出户",
  give_back: "支出户退回财政专户",
  pool_grant: "财政拨入基础养老金",
  income_interest: "收入户利息",
  treasury_interest: "财政专户利息",
  expenditure_interest: "支出户利息",
};

const fundTransferStates: Record<string, string> = {
  proposed: "待审批",
  booked: "已入账",
  rejected: "不予办理",
  withdrawn: "已撤回",
};

const fundPeriodStates: Record<string, string> = {
  open: "未月结",
  closing: "月结待审批",
  closed: "已月结",
  reopening: "重开待审批",
  reopened: "已重开",
};

const bankAccountNames: Record<string, string> = {
  income_account: "收入户",
  treasury_account: "财政专户",
  expenditure_account: "支出户",
};

const bankItemSides: Record<string, string> = { line: "银行对账单", journal: "账簿凭证" };

const fundHeads: Record<string, string> = {
  income_personal: "个人缴费收入",
  income_collective: "集体补助收入",
  income_interest: "利息收入",
  income_subsidy: "政府补贴收入（缴费补贴）",
  income_basic: "政府补贴收入（基础养老金）",
  income_transfer: "转移收入",
  income_other: "其他收入",
  outlay_basic: "基础养老金支出",
  outlay_account: "个人账户养老金支出",
  outlay_transfer: "转移支出",
  outlay_refund: "退保支出",
  outlay_other: "其他支出",
};

const preconditionStates: Record<string, string> = {
  met: "符合",
  listed: "列示",
  waived: "说明原因后放行",
  unmet: "不符合",
};

const fundAccounts: Record<string, string> = {
  cash_in_hand: "经办人手存现金",
  income_account: "收入户",
  treasury_account: "财政专户",
  expenditure_account: "支出户",
  in_transit: "在途资金",
  subsidy_receivable: "应收财政补贴",
  interest_receivable: "应收利息",
  liability_personal: "个人账户-个人缴费",
  liability_collective: "个人账户-集体补助",
  liability_gov: "个人账户-政府补贴",
  pool: "统筹基金（基础养老金）",
  settlement_payable: "应付一次性结算款",
  recovery_receivable: "应收追回待遇",
  subsidy_suspense: "待记账政府补贴",
  late_interest_receivable: "应收逾期补贴利息",
  suspense: "待查款项",
};

const subsidyPurposes: Record<string, string> = {
  contribution_subsidy: "缴费补贴",
  government_paid: "政府代缴",
  basic_pension: "基础养老金",
  late_interest: "逾期补贴利息",
};

const governmentLevels: Record<string, string> = {
  central: "中央",
  province: "省",
  city: "市",
  county: "县",
  town: "镇（街道）",
};

const subsidyClaimStates: Record<string, string> = {
  computed: "待审批",
  approved: "待送财政",
  sent: "已送财政",
  closed: "已到齐",
  discarded: "已作废",
};

const subsidyReceiptStates: Record<string, string> = { recorded: "待确认", confirmed: "已入账", discarded: "已作废" };

const parameterLayers: Record<string, string> = {
  national: "国家",
  province: "省",
  city: "地级市",
  county: "县（市、区）",
  town: "乡镇（街道）",
  village: "村（社区）",
};

const parameterChangeStates: Record<string, string> = {
  proposed: "待复核",
  approved: "已生效",
  rejected: "已否决",
  withdrawn: "已撤回",
};

const parameterTopics: Record<string, string> = {
  contributions: "缴费与补贴",
  benefits: "待遇",
  interest: "计息",
  eligibility: "参保范围",
  targets: "目标",
  calendar: "经办时限",
};

/** Words that a parameter's value may be. */
const parameterWords: Record<string, string> = {
  jan1: "当年1月1日利率",
  segmented: "按日分段利率",
  published: "省公布的记账利率",
  half_up_fen: "四舍五入到分",
  ceil_jiao: "见分进角",
  rural_only: "限农村户籍",
  any_non_employed: "不分户口性质",
  makeup_at_60: "到龄补缴",
  extend: "延长缴费",
  refund: "一次性退还",
  severely_disabled: "重度残疾人",
  dibao: "低保对象",
  wubao: "五保对象",
  land_taken: "被征地农民",
};

export const moneyTables = {
  contributionKind: contributionKinds,
  channel: channels,
  payerListKind: payerListKinds,
  payerKind: payerKinds,
  payerListState: payerListStates,
  payerLineState: payerLineStates,
  leftReason: leftReasons,
  governmentPaidOutcome: governmentPaidOutcomes,
  unpaidReason: unpaidReasons,
  cashAlarm: cashAlarms,
  remittanceState: remittanceStates,
  blockState: blockStates,
  blockPurpose: blockPurposes,
  voidState: voidStates,
  collectionState: collectionStates,
  findingCode: findingCodes,
  findingState: findingStates,
  findingDecision: findingDecisions,
  collectionReason: collectionReasons,
  journalKind: journalKinds,
  runState: runStates,
  fundTransferWay: fundTransferWays,
  fundTransferState: fundTransferStates,
  fundPeriodState: fundPeriodStates,
  bankAccountName: bankAccountNames,
  bankItemSide: bankItemSides,
  fundHead: fundHeads,
  preconditionState: preconditionStates,
  fundAccount: fundAccounts,
  subsidyPurpose: subsidyPurposes,
  governmentLevel: governmentLevels,
  subsidyClaimState: subsidyClaimStates,
  subsidyReceiptState: subsidyReceiptStates,
  parameterLayer: parameterLayers,
  parameterChangeState: parameterChangeStates,
  parameterTopic: parameterTopics,
  parameterWord: parameterWords,
} as const;
