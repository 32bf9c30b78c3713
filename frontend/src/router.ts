/** Addresses of the pages, and the guard that asks for a sign-in and brings the person back afterwards. */

import { createRouter, createWebHistory, type Router, type RouteLocationNormalized, type RouterHistory } from "vue-router";

import { setUnauthorizedHandler } from "./api/client";
import { clearNotice, tell } from "./notice";
import { can, forgetSession, loadSession, session } from "./session";

declare module "vue-router" {
  interface RouteMeta {
    title: string;
    public?: boolean;
  }
}

/** Only an address inside this page may follow a sign-in, never another site. */
export function safeBack(value: unknown): string {
  if (typeof value !== "string" || !/^\/(?![/\\])/.test(value) || value.startsWith("/login")) return "/";
  return value;
}

async function guard(to: RouteLocationNormalized) {
  if (!session.loaded) {
    try {
      await loadSession();
    } catch (error) {
      tell(error);
    }
  }
  if (to.meta.public !== true && session.actor === null) return { path: "/login", query: { back: to.fullPath } };
  if (to.name === "login" && session.actor !== null) return safeBack(to.query.back);
  if (to.name === "start") return startPage();
  return true;
}

const STEPS = ["enrolments:check", "enrolments:review", "enrolments:approve", "changes:create"];

/** Whoever has work begins with it; the others with how far the villages are. */
export function startPage(): string {
  return can("cases:read") && STEPS.some(can) ? "/work" : "/progress";
}

export function makeRouter(history: RouterHistory = createWebHistory()): Router {
  const router = createRouter({
    history,
    routes: [
      {
        path: "/",
        name: "start",
        component: () => import("./pages/MissingPage.vue"),
        meta: { title: "首页" },
      },
      {
        path: "/work",
        name: "work",
        component: () => import("./pages/WorkPage.vue"),
        meta: { title: "今日待办" },
      },
      {
        path: "/cases/:kind(enrolment|change_request)/:id",
        name: "case",
        component: () => import("./pages/CasePage.vue"),
        meta: { title: "办理" },
      },
      {
        path: "/login",
        name: "login",
        component: () => import("./pages/LoginPage.vue"),
        meta: { title: "登录", public: true },
      },
      {
        path: "/progress/:code?",
        name: "progress",
        component: () => import("./pages/ProgressPage.vue"),
        meta: { title: "参保进度" },
      },
      {
        path: "/money",
        name: "money",
        component: () => import("./pages/MoneyPage.vue"),
        meta: { title: "资金" },
      },
      {
        path: "/cash",
        name: "cash",
        component: () => import("./pages/CashPage.vue"),
        meta: { title: "现金" },
      },
      {
        path: "/check-receipt",
        name: "check-receipt",
        component: () => import("./pages/CheckReceiptPage.vue"),
        meta: { title: "收据查验", public: true },
      },
      {
        path: "/contributions",
        name: "contributions",
        component: () => import("./pages/ContributionsPage.vue"),
        meta: { title: "缴费" },
      },
      {
        path: "/payer-lists/:id",
        name: "payer-list",
        component: () => import("./pages/PayerListPage.vue"),
        meta: { title: "补助资助名单" },
      },
      {
        path: "/parameters",
        name: "parameters",
        component: () => import("./pages/ParametersPage.vue"),
        meta: { title: "政策参数" },
      },
      {
        path: "/parameters/changes/:id",
        name: "parameter-change",
        component: () => import("./pages/ParameterChangePage.vue"),
        meta: { title: "参数变更" },
      },
      {
        path: "/parameters/:code",
        name: "parameter",
        component: () => import("./pages/ParameterPage.vue"),
        meta: { title: "政策参数" },
      },
      {
        path: "/register",
        name: "register",
        component: () => import("./pages/RegisterPage.vue"),
        meta: { title: "应参保名册" },
      },
      {
        path: "/residents",
        name: "residents",
        component: () => import("./pages/ResidentsPage.vue"),
        meta: { title: "居民" },
      },
      {
        path: "/residents/:id",
        name: "resident",
        component: () => import("./pages/ResidentPage.vue"),
        meta: { title: "居民详情" },
      },
      {
        path: "/residents/:id/cancellation",
        name: "cancellation-new",
        component: () => import("./pages/CancellationFormPage.vue"),
        meta: { title: "注销登记" },
      },
      {
        path: "/cancellations/:case/edit",
        name: "cancellation-edit",
        component: () => import("./pages/CancellationFormPage.vue"),
        meta: { title: "重新提交注销登记" },
      },
      {
        path: "/cancellations/:case",
        name: "cancellation",
        component: () => import("./pages/CancellationPage.vue"),
        meta: { title: "注销登记" },
      },
      {
        path: "/interest",
        name: "interest",
        component: () => import("./pages/InterestPage.vue"),
        meta: { title: "结息与对账" },
      },
      {
        path: "/residents/:id(\\d+)/account",
        name: "account",
        component: () => import("./pages/AccountPage.vue"),
        meta: { title: "个人账户" },
      },
      {
        path: "/settlements",
        name: "settlements",
        component: () => import("./pages/SettlementsPage.vue"),
        meta: { title: "注销结算" },
      },
      {
        path: "/subsidies",
        name: "subsidies",
        component: () => import("./pages/SubsidiesPage.vue"),
        meta: { title: "财政补贴" },
      },
      {
        path: "/collection",
        name: "collection",
        component: () => import("./pages/CollectionPage.vue"),
        meta: { title: "代扣" },
      },
      {
        path: "/collection/:id",
        name: "collection-batch",
        component: () => import("./pages/CollectionBatchPage.vue"),
        meta: { title: "代扣批次" },
      },
      {
        path: "/fund",
        name: "fund",
        component: () => import("./pages/FundPage.vue"),
        meta: { title: "基金与月结" },
      },
      {
        path: "/duplicates",
        name: "duplicates",
        component: () => import("./pages/DuplicatesPage.vue"),
        meta: { title: "疑似重复登记" },
      },
      {
        path: "/duplicates/:id",
        name: "duplicate",
        component: () => import("./pages/DuplicatePage.vue"),
        meta: { title: "核对两条登记" },
      },
      {
        path: "/imports/:id?",
        name: "imports",
        component: () => import("./pages/ImportsPage.vue"),
        meta: { title: "导入" },
      },
      {
        path: "/department-lists",
        name: "department-lists",
        component: () => import("./pages/DepartmentListsPage.vue"),
        meta: { title: "部门名单" },
      },
      {
        path: "/department-lists/:id",
        name: "department-list",
        component: () => import("./pages/DepartmentListPage.vue"),
        meta: { title: "名单比对" },
      },
      {
        path: "/households",
        name: "households",
        component: () => import("./pages/HouseholdsPage.vue"),
        meta: { title: "按户查看" },
      },
      {
        path: "/households/:id",
        name: "household",
        component: () => import("./pages/HouseholdPage.vue"),
        meta: { title: "入户卡" },
      },
      {
        path: "/land-projects",
        name: "land-projects",
        component: () => import("./pages/LandProjectsPage.vue"),
        meta: { title: "征地项目" },
      },
      {
        path: "/land-projects/:id",
        name: "land-project",
        component: () => import("./pages/LandProjectPage.vue"),
        meta: { title: "征地项目" },
      },
      {
        path: "/residents/:id/enrol",
        name: "enrol",
        component: () => import("./pages/EnrolPage.vue"),
        meta: { title: "参保登记" },
      },
      {
        path: "/residents/:id/change",
        name: "change",
        component: () => import("./pages/ChangePage.vue"),
        meta: { title: "申请变更" },
      },
      {
        path: "/:rest(.*)*",
        name: "missing",
        component: () => import("./pages/MissingPage.vue"),
        meta: { title: "没有这个页面", public: true },
      },
    ],
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  });
  router.beforeEach(guard);
  router.afterEach((to, from, failure) => {
    if (failure) return;
    document.title = `${to.meta.title} · 农保`;
    // A guard may have just reported why nobody could be recognised; that must survive the way to the sign-in page.
    if (to.path !== from.path && from.matched.length > 0) clearNotice();
  });
  setUnauthorizedHandler(() => {
    forgetSession();
    const here = router.currentRoute.value;
    if (here.name !== "login") void router.replace({ path: "/login", query: { back: here.fullPath } });
  });
  return router;
}
