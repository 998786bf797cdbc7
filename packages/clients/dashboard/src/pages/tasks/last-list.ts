import { signal } from '@preact/signals';

/** What the list of tasks was asked with when the reader saw it last; all tasks before. */
export const lastList = signal(new URLSearchParams());
