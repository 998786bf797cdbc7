import { signal } from '@preact/signals';

const wide = matchMedia('(width >= 2000px)');

/** Whether there is room for a list beside what was opened from it. */
export const isWide = signal(wide.matches);

wide.addEventListener('change', () => {
  isWide.value = wide.matches;
});
