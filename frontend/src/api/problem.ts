/** Problems of the API (RFC 9457) as one error class, so that every page shows them in the same words. */

export interface FieldProblem {
  pointer: string;
  code: string;
  message: string;
}

export interface Problem {
  title: string;
  status: number;
  detail: string | null;
  code: string;
  requestId: string | null;
  errors: FieldProblem[];
}

export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

const TITLES: Record<number, string> = {
  401: "请先登录",
  403: "没有权限查看这些内容",
  404: "没有找到",
  409: "数据已被他人更改，请刷新后再试",
  422: "填写的内容有误",
  429: "操作太频繁，请稍后再试",
};

function titleOf(status: number): string {
  return TITLES[status] ?? (status >= 500 ? "系统暂时不能处理，请稍后再试" : "请求没有成功");
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function fields(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return [];
    const row = entry as Record<string, unknown>;
    return [{ pointer: text(row.pointer) ?? "", code: text(row.code) ?? "", message: text(row.message) ?? "" }];
  });
}

/** Read any error body: a problem document, or whatever a proxy in between has answered. */
export function toProblem(body: unknown, response: Response): Problem {
  const row = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  return {
    title: text(row.title) ?? titleOf(response.status),
    status: response.status,
    detail: text(row.detail),
    code: text(row.code) ?? `http-${response.status}`,
    requestId: text(row.request_id) ?? response.headers.get("X-Request-ID"),
    errors: fields(row.errors),
  };
}

/** The request never reached the service. */
export function networkProblem(): Problem {
  return {
    title: "连接不上服务器",
    status: 0,
    detail: "请检查网络后再试。",
    code: "network",
    requestId: null,
    errors: [],
  };
}

export function asProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return {
    title: "页面出了问题",
    status: 0,
    detail: error instanceof Error ? error.message : null,
    code: "page",
    requestId: null,
    errors: [],
  };
}
