import { signal } from '@preact/signals';

/** Whether there is room for a list beside what was opened from it. */
export const isWide = follow('(width >= 2000px)');

/** Where each row of a table is a card: as in `styles/controls.css`. */
export const isPhone = follow('(width < 600px)');

function follow(media: string) {
  const list = matchMedia(media);
  const matches = signal(list.matches);
  list.addEventListener('change', () => {
    matches.value = list.matches;
  });
  return matches;
}
