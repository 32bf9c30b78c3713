/** Pages about money, in the order of the work; who may not open one does not see it. */

export interface MoneyPage {
  to: string;
  title: string;
  what: string;
  permission: string;
}

export const MONEY_PAGES: readonly MoneyPage[] = [
  { to: "/settlements", title: "注销结算", what: "注销人员的结算、退款与追回", permission: "settlements:read" },
  { to: "/fund", title: "基金与月结", what: "科目余额、资金划转、银行对账和每月结账", permission: "fund:read" },
];
