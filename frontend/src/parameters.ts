/** Values of parameters as people read and write them. No amount is computed here: what is typed is what is sent. */

import type { PolicyParameter } from "@/api/types";
import { money } from "@/format";
import { label } from "@/labels";

export interface Band {
  from_tier: string;
  subsidy: string;
}

export interface Rate {
  effective_on: string;
  rate: string;
}

/** What a form holds while a value is being written; which of them counts follows from the kind. */
export interface ValueForm {
  text: string;
  words: string[];
  bands: Band[];
  rates: Rate[];
}

/** The words that a code may be, where it is one of a few. */
export const WORDS: Record<string, string[]> = {
  rate_mode: ["jan1", "segmented", "published"],
  interest_rounding: ["half_up_fen", "ceil_jiao"],
  hukou_test: ["rural_only", "any_non_employed"],
  shortfall_policy: ["makeup_at_60", "extend", "refund"],
  government_paid_groups: ["severely_disabled", "dibao", "wubao", "land_taken"],
};

const LISTED = 6;

/** A value in one line; long lists are cut, since the whole stands in the change itself. */
export function valueText(kind: string, value: unknown): string {
  if (kind === "boolean") return value === true ? "是" : "否";
  if (kind === "money") return money(String(value));
  if (kind === "percent") return `${String(value)}%`;
  if (kind === "word") return label("parameterWord", String(value));
  if (kind === "month_day") return String(value).replace(/^0?(\d+)-0?(\d+)$/, "$1月$2日");
  if (!Array.isArray(value)) return String(value);
  if (kind === "money_list") return `${value.map((one) => plain(String(one))).join("、")} 元`;
  if (kind === "words") return value.map((one) => label("parameterWord", String(one))).join("、") || "无";
  if (kind === "bands") {
    return (value as Band[]).map((one) => `${plain(one.from_tier)}元档起补 ${plain(one.subsidy)} 元`).join("；");
  }
  if (kind === "rates") return cut((value as Rate[]).map((one) => `${one.effective_on} 起 ${one.rate}%`), "；") || "未公布";
  return cut(value.map(String), "、");
}

function plain(amount: string): string {
  return amount.replace(/\.00$/, "");
}

function cut(words: string[], between: string): string {
  if (words.length <= LISTED) return words.join(between);
  return `共 ${words.length} 项，最近：${words.slice(-LISTED).join(between)}`;
}

/** A form that begins with what holds now. */
export function formOf(kind: string, value: unknown): ValueForm {
  const form: ValueForm = { text: "", words: [], bands: [], rates: [] };
  if (kind === "bands") form.bands = (value as Band[]).map((one) => ({ ...one }));
  else if (kind === "rates") form.rates = (value as Rate[]).map((one) => ({ ...one }));
  else if (kind === "words") form.words = [...(value as string[])];
  else if (Array.isArray(value)) form.text = value.map(String).join("\n");
  else form.text = String(value);
  return form;
}

/** The value as the API takes it. */
export function valueOf(kind: string, form: ValueForm): unknown {
  const text = form.text.trim();
  if (kind === "bands") return form.bands.map((one) => ({ from_tier: one.from_tier.trim(), subsidy: one.subsidy.trim() }));
  if (kind === "rates") return form.rates.map((one) => ({ effective_on: one.effective_on, rate: one.rate.trim() }));
  if (kind === "words") return form.words;
  if (kind === "boolean") return text === "true";
  if (kind === "integer") return /^\d{1,9}$/.test(text) ? Number(text) : text;
  if (kind === "money_list" || kind === "days") return text.split(/[\s,，、]+/).filter((one) => one !== "");
  return text;
}

/** Who laid a value down, in words. */
export function layerText(one: PolicyParameter): string {
  if (one.id === null) return "国家和省的规定（随系统发布）";
  return one.division_name ?? label("parameterLayer", one.layer);
}
