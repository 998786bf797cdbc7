import { effect, signal } from '@preact/signals';
import { readPreference, writePreference } from './stored';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
const chosen = readPreference('theme');

export const theme = signal<Theme>(THEMES.find((name) => name === chosen) ?? 'system');
/** Whether colours are the dark ones now. Charts and the grid draw themselves again when it changes. */
export const isDark = signal(false);

export function setTheme(name: Theme): void {
  theme.value = name;
  writePreference('theme', name);
}

function update(): void {
  isDark.value = theme.value === 'system' ? systemIsDark.matches : theme.value === 'dark';
}

export function applyTheme(): void {
  systemIsDark.addEventListener('change', update);
  effect(update);
  effect(() => {
    document.documentElement.dataset['theme'] = isDark.value ? 'dark' : 'light';
  });
}

/** Whether there is room for a list beside what was opened from it. */
export const isWide = follow('(width >= 2000px)');

/** Where each row of a table is a card: as in `styles/tables.css`. */
export const isPhone = follow('(width < 600px)');

function follow(media: string) {
  const list = matchMedia(media);
  const matches = signal(list.matches);
  list.addEventListener('change', () => {
    matches.value = list.matches;
  });
  return matches;
}
