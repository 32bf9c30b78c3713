/** What the screen is like: a media query, and the width of an element in pixels. */

import { onBeforeUnmount, onMounted, ref, type Ref } from "vue";

export function useMediaQuery(query: string): Ref<boolean> {
  const list = window.matchMedia(query);
  const matches = ref(list.matches);
  const update = (): void => {
    matches.value = list.matches;
  };
  onMounted(() => list.addEventListener("change", update));
  onBeforeUnmount(() => list.removeEventListener("change", update));
  return matches;
}

/** Charts are drawn at their real width, so that their text keeps its size on a phone. */
export function useWidth(element: Ref<HTMLElement | null>, fallback: number): Ref<number> {
  const width = ref(fallback);
  let observer: ResizeObserver | null = null;
  onMounted(() => {
    const target = element.value;
    if (target === null) return;
    if (target.clientWidth > 0) width.value = target.clientWidth;
    if (typeof ResizeObserver === "undefined") return;
    observer = new ResizeObserver(() => {
      if (target.clientWidth > 0) width.value = target.clientWidth;
    });
    observer.observe(target);
  });
  onBeforeUnmount(() => observer?.disconnect());
  return width;
}
