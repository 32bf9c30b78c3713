import { describe, expect, it } from "vitest";

import { count, day, daysBetween, firstCharacter, money, rate, rateForDrawing, timeOfDay, villageGroup, year } from "./format";

describe("money", () => {
  it.each([
    ["200.00", "¥200.00"],
    ["12345.60", "¥12,345.60"],
    ["1234567", "¥1,234,567.00"],
    ["0.5", "¥0.50"],
    ["-100.00", "-¥100.00"],
  ])("writes %s as %s", (given, shown) => {
    expect(money(given)).toBe(shown);
  });

  it("keeps every digit of an amount that no float can hold", () => {
    expect(money("9007199254740993.01")).toBe("¥9,007,199,254,740,993.01");
  });

  it("shows what is not money as it is, and nothing as a dash", () => {
    expect(money("约两百")).toBe("约两百");
    expect(money(null)).toBe("—");
  });
});

describe("rates and counts", () => {
  it("keeps the decimal that the API rounded", () => {
    expect(rate("74.1")).toBe("74.1%");
    expect(rate("75.0", true)).toBe("75%");
    expect(rate(null)).toBe("—");
  });

  it("draws no bar for no rate, and never past the ends", () => {
    expect(rateForDrawing(null)).toBeNull();
    expect(rateForDrawing("")).toBeNull();
    expect(rateForDrawing("104.2")).toBe(100);
    expect(rateForDrawing("74.1")).toBe(74.1);
  });

  it("groups thousands", () => {
    expect(count(14170)).toBe("14,170");
    expect(count(-1234)).toBe("-1,234");
    expect(count(999)).toBe("999");
  });
});

describe("dates", () => {
  it("writes a day in Chinese", () => {
    expect(day("2010-12-05")).toBe("2010年12月5日");
  });

  it("moves a point in time to the day and hour in China", () => {
    expect(day("2010-12-31T17:30:00Z")).toBe("2011年1月1日");
    expect(year("2010-12-31T17:30:00Z")).toBe("2011");
    expect(timeOfDay("2010-12-31T17:30:00Z")).toBe("01:30");
    expect(timeOfDay("2011-03-02T09:30:00+08:00")).toBe("09:30");
    expect(timeOfDay("2011-03-02")).toBeNull();
  });

  it("counts whole days in both directions", () => {
    expect(daysBetween("2010-12-05", "2010-12-31")).toBe(26);
    expect(daysBetween("2011-01-01", "2010-12-31")).toBe(-1);
  });
});

describe("names", () => {
  it("calls a bare number a group and leaves names alone", () => {
    expect(villageGroup("4")).toBe("4组");
    expect(villageGroup("第3村民小组")).toBe("第3村民小组");
    expect(villageGroup(null)).toBe("");
  });

  it("does not cut a rare character in half", () => {
    expect(firstCharacter("𠮷田")).toBe("𠮷");
    expect(firstCharacter("")).toBe("");
  });
});
