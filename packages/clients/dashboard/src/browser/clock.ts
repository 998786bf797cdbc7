import { computed, signal } from '@preact/signals';

/** The browser's time, in milliseconds, once a second. Relative times and the age of what is shown follow it. */
export const now = signal(Date.now());

/** How far the server's clock is ahead of the browser's, in milliseconds. */
const serverAhead = signal(0);

/** The server's time, in milliseconds: what the API says is on this clock. */
export const serverNow = computed(() => now.value + serverAhead.value);

/** Hears what time it is for the server. A header has whole seconds, so a smaller difference says nothing. */
export function noteServerTime(date: string | null): void {
  const ahead = Date.parse(date ?? '') - Date.now();
  if (Math.abs(ahead - serverAhead.peek()) > 2_000) serverAhead.value = Math.abs(ahead) > 2_000 ? ahead : 0;
}

/** Whether the page can be seen. Nothing is read or pushed while it cannot. */
export const isVisible = signal(true);

export function startClock(): void {
  setInterval(() => {
    if (isVisible.value) now.value = Date.now();
  }, 1_000);
  const look = () => {
    isVisible.value = document.visibilityState === 'visible';
    now.value = Date.now();
  };
  document.addEventListener('visibilitychange', look);
  look();
}
