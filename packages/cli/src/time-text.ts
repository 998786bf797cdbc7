/** `2026-01-31 12:00:00Z` */
export const toTimeText = (time: string | undefined): string | undefined =>
  time?.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
