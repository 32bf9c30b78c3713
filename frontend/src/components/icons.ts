/** Icons drawn by hand on a grid of 24, and the one that stands for each kind of event in a person's timeline. */

export const ICONS = {
  progress: "M4 18a8 8 0 1 1 16 0M12 18l4.500-6M4 21h16",
  people: "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20c.5-4 3-6 6.500-6s6 2 6.500 6M16 4.600a3.500 3.500 0 0 1 0 6.300M18 14.600c2 .8 3.200 2.600 3.500 5.400",
  person: "M12 11.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20.500c.7-4.600 3.600-6.800 8-6.800s7.300 2.200 8 6.800",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  exit: "M10 4H5v16h5M14 8l4 4-4 4M9 12h9",
  search: "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500L20 20",
  print: "M7 9V4h10v5M7 17H4v-7h16v7h-3M7 14h10v6H7z",
  warning: "M12 4L2.800 20h18.400L12 4zM12 10v4.500M12 17.300v.2",
  check: "M4 12.500l5 5L20 6.500",
  coin: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.500 7.500L12 12l3.500-4.500M12 12v5M9 12.300h6M9 14.700h6",
  gift: "M4 11h16v9H4zM3 7.500h18V11H3zM12 7.500V20M12 7.500C9 7.500 7.500 6.500 7.500 5S10 2.800 12 7.500c2-4.700 4.500-4 4.500-2.500S15 7.500 12 7.500z",
  interest: "M6.500 9.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM17.500 19.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM19 5L5 19",
  wallet: "M3.500 7.500V18a2 2 0 0 0 2 2h15V8h-15a2 2 0 0 1-2-2 2 2 0 0 1 2-2H18v4M16.500 14h.2",
  home: "M3.500 11.500L12 4l8.500 7.500M6 10v10h12V10M10 20v-6h4v6",
  tasks: "M9 6h11M9 12h11M9 18h11M4 6l1 1 2-2.500M4 12l1 1 2-2.500M4 18l1 1 2-2.500",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.500l3.500 2",
  pencil: "M4 20l1-4.500L16 4.500l3.500 3.500L8.500 19 4 20zM14 6.500l3.500 3.500",
  document: "M6 3h8l4.500 4.500V21H6zM14 3v5h4.500M9 12.500h6M9 16.500h6",
  register: "M6 4.500h12V21H6zM9 3h6v3.500H9zM9 11h6M9 14.500h6M9 18h3.500",
  upload: "M12 16V4M7 8.500L12 3.500l5 5M4 15v5h16v-5",
  undo: "M8 5L3.500 9.500 8 14M4 9.500h10a5.500 5.500 0 0 1 0 11h-3",
  pause: "M8 5v14M16 5v14",
  paper: "M8.500 12.500l5.500-5.500a2.800 2.800 0 0 1 4 4l-7.500 7.500a4.600 4.600 0 0 1-6.500-6.500L11 5",
  camera: "M4 8h3.500L9 5.500h6L16.500 8H20v11H4zM12 16.500a3.300 3.300 0 1 0 0-6.600 3.300 3.300 0 0 0 0 6.600z",
  map: "M3.500 6.500L9 4l6 2.500L20.500 4v13.500L15 20l-6-2.500L3.500 20zM9 4v13.500M15 6.500V20",
  leaf: "M12 21v-9M12 13c0-5 3-8 8-8 0 5-3 8-8 8zM12 18c0-4-2.600-6.600-7.400-6.600 0 4.200 2.800 6.600 7.400 6.600z",
} as const;

export type IconName = keyof typeof ICONS;

/** First rule that fits wins: a reversed contribution is above all a reversal. */
const RULES: readonly (readonly [RegExp, IconName])[] = [
  [/revers|voided/, "undo"],
  [/attachment/, "paper"],
  [/land_/, "map"],
  [/suspen|stop|terminat|reject|refus|return|death|dead/, "pause"],
  [/interest/, "interest"],
  [/subsid|gov/, "gift"],
  [/payment|benefit|award|pension/, "wallet"],
  [/contribution|receipt|remit|credit|collect/, "coin"],
  [/enrol|approv|decision|check|certif/, "check"],
  [/move|household|division/, "home"],
  [/resident|import|creat|roster/, "person"],
];

export function iconFor(kind: string): IconName {
  return RULES.find(([pattern]) => pattern.test(kind))?.[1] ?? "document";
}
