/** Pages about money, in the order of the work; who may not open one does not see it. */

export interface MoneyPage {
  to: string;
  title: string;
  what: string;
  permission: string;
}

export const MONEY_PAGES: readonly MoneyPage[] = [
  { to: "/parameters", title: "政策参数", what: "档次、补贴、利率等标准及其依据，变更与影响试算", permission: "parameters:read" },
  { to: "/settlements", title: "注销结算", what: "注销人员的结算、退款与追回", permission: "settlements:read" },
];
