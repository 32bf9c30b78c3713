/** Pages about money, in the order of the work; who may not open one does not see it. */

export interface MoneyPage {
  to: string;
  title: string;
  what: string;
  permission: string;
}

export const MONEY_PAGES: readonly MoneyPage[] = [
  { to: "/settlements", title: "注销结算", what: "注销人员的结算、退款与追回", permission: "settlements:read" },
  { to: "/collection", title: "代扣", what: "银行代扣批次、回盘、待查与扣款失败名单", permission: "contributions:read" },
];
