import { describe, expect, it } from "vitest";

import { figures } from "@/testing";
import { axisDates, gaugeArc, gaugePoint, linePath, share, trendScale } from "./geometry";
import { barWidth, rank } from "./ranking";
import { headline, pace, standing, waiting } from "./words";

const CENTRE = { x: 100, y: 100 };

describe("gauge", () => {
  it("runs from the left end over the top to the right end", () => {
    expect(gaugePoint(0, 80, CENTRE)).toEqual({ x: 20, y: 100 });
    expect(gaugePoint(50, 80, CENTRE)).toEqual({ x: 100, y: 20 });
    expect(gaugePoint(100, 80, CENTRE)).toEqual({ x: 180, y: 100 });
  });

  it("never leaves the half circle", () => {
    expect(gaugePoint(140, 80, CENTRE)).toEqual({ x: 180, y: 100 });
    expect(gaugePoint(-3, 80, CENTRE)).toEqual({ x: 20, y: 100 });
  });

  it("puts the target of 75 % on the diagonal, and draws nothing for nothing", () => {
    expect(gaugePoint(75, 100, CENTRE)).toEqual({ x: 170.71, y: 29.29 });
    expect(gaugeArc(0, 75, 100, CENTRE)).toBe("M 0 100 A 100 100 0 0 1 170.71 29.29");
    expect(gaugeArc(0, 0, 100, CENTRE)).toBe("");
  });
});

describe("trend", () => {
  const frame = { left: 0, right: 100, top: 0, bottom: 50 };

  it("reaches to the deadline while it lies ahead", () => {
    const scale = trendScale(["2010-12-01", "2010-12-11"], "2010-12-31", frame);
    expect(scale?.last).toBe("2010-12-31");
    expect(scale?.x("2010-12-16")).toBe(50);
    expect(scale?.y(75)).toBe(12.5);
  });

  it("reaches past the deadline once it has gone by", () => {
    expect(trendScale(["2010-12-01", "2011-03-01"], "2010-12-31", frame)?.last).toBe("2011-03-01");
  });

  it("has no scale without reports, and a middle for a single day", () => {
    expect(trendScale([], "2010-12-31", frame)).toBeNull();
    expect(trendScale(["2010-12-31"], "2010-12-31", frame)?.x("2010-12-31")).toBe(50);
  });

  it("breaks the line where there is no figure", () => {
    expect(linePath([{ x: 1, y: 2 }, null, { x: 5, y: 6 }, { x: 7, y: 8 }])).toBe("M 1 2 M 5 6 L 7 8");
  });

  it("keeps labels of the axis apart", () => {
    const x = (date: string): number => Number(date.slice(8)) * 10;
    expect(axisDates(["2010-12-01", "2010-12-03", "2010-12-08", "2010-12-13", "2010-12-15"], x, 50)).toEqual([
      "2010-12-01",
      "2010-12-08",
      "2010-12-15",
    ]);
  });

  it("has no share of nobody", () => {
    expect(share(1, 0)).toBeNull();
    expect(share(1, 4)).toBe(25);
  });
});

describe("ranking", () => {
  const a = figures({ division_code: "1", eligible: 1000, insured: 749, rate: "74.9", gap: 1 });
  const b = figures({ division_code: "2", eligible: 2000, insured: 1499, rate: "75.0", gap: 1 });
  const c = figures({ division_code: "3", eligible: 100, insured: 20, rate: "20.0", gap: 55 });
  const none = figures({ division_code: "0", eligible: 0, insured: 0, rate: null, gap: 0 });
  const codes = (order: Parameters<typeof rank>[1]): string =>
    rank([b, none, a, c], order)
      .map((unit) => unit.division_code)
      .join("");

  it("orders by the counts, with the units without anyone last", () => {
    expect(codes("behind")).toBe("3120");
    expect(codes("ahead")).toBe("2130");
    expect(codes("gap")).toBe("3120");
    expect(codes("code")).toBe("0123");
  });

  it("tells two rates apart that are shown alike", () => {
    const less = figures({ division_code: "9", eligible: 10000, insured: 7496, rate: "75.0" });
    const more = figures({ division_code: "1", eligible: 10000, insured: 7500, rate: "75.0" });
    expect(rank([more, less], "behind").map((unit) => unit.division_code)).toEqual(["9", "1"]);
  });

  it("leaves the given list alone and draws no bar for no rate", () => {
    const given = [a, c];
    rank(given, "behind");
    expect(given).toEqual([a, c]);
    expect(barWidth(none)).toBe(0);
  });
});

describe("words", () => {
  it("says how many people are missing, and at what pace they must come", () => {
    expect(headline(figures())).toEqual({ before: "还差", figure: "150", after: "人参保缴费，才能达到 75% 的目标" });
    expect(pace(figures())).toBe("离截止日 2010年12月31日 还有 30 天，平均每天要新增 5 人。");
    expect(standing(figures())).toBe("差 150 人");
    expect(waiting(figures())).toBe(40);
  });

  it("says by how many the target is passed", () => {
    const done = figures({ insured: 760, gap: 0, reached: true });
    expect(headline(done).figure).toBe("10");
    expect(pace(done)).not.toContain("平均每天");
    expect(standing(done)).toBe("已达标");
  });

  it("does not count days that are over", () => {
    expect(pace(figures({ as_of: "2011-01-10" }))).toBe("截止日 2010年12月31日 已过 10 天。");
    expect(pace(figures({ as_of: "2010-12-31" }))).toBe("2010年12月31日 就是截止日。");
  });

  it("is honest about a unit without anyone eligible", () => {
    const none = figures({ eligible: 0, insured: 0, registered: 0, rate: null, gap: 0 });
    expect(headline(none).before).toBe("本单位还没有应参保人员");
    expect(standing(none)).toBe("无应参保人员");
  });
});
