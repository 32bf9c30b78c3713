/** Pages about money, in the order of the work; who may not open one does not see it. */

export interface MoneyPage {
  to: string;
  title: string;
  what: string;
  permission: string;
}

export const MONEY_PAGES: readonly MoneyPage[] = [
  { to: "/settlements", title: "注销结算", what: "注销人员的结算、退款与追回", permission: "settlements:read" },
  { to: "/interest", title: "结息与对账", what: "年度结息、补记复核、对账单、封存与年度证明", permission: "accounts:read" },
];
