/** Pages about money, in the order of the work; who may not open one does not see it. */

export interface MoneyPage {
  to: string;
  title: string;
  what: string;
  permission: string;
}

export const MONEY_PAGES: readonly MoneyPage[] = [
  { to: "/contributions", title: "缴费", what: "收缴、补缴、趸缴，未缴名单，补助资助与政府代缴", permission: "contributions:read" },
  { to: "/cash", title: "现金", what: "收据、手存现金、缴存与缺号", permission: "contributions:read" },
  { to: "/collection", title: "代扣", what: "银行代扣批次、回盘、待查与失败名单", permission: "contributions:read" },
  { to: "/subsidies", title: "补贴", what: "各级财政应拨、已申报、已到账与欠拨", permission: "subsidies:read" },
  { to: "/settlements", title: "注销结算", what: "注销人员的结算、退款与追回", permission: "settlements:read" },
  { to: "/interest", title: "结息与对账", what: "年度结息、补记复核、对账单、封存与证明", permission: "accounts:read" },
  { to: "/fund", title: "基金与月结", what: "科目余额、资金划转、银行对账和月结", permission: "fund:read" },
  { to: "/parameters", title: "政策参数", what: "档次、补贴、利率等标准，变更与影响试算", permission: "parameters:read" },
];
