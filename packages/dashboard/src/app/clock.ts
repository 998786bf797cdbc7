import { signal } from '@preact/signals';

/** The browser's time, in milliseconds, once a second. Relative times and the age of what is shown follow it. */
export const now = signal(Date.now());

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
