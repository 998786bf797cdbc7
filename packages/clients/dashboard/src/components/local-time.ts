/** `2026-01-31T13:00` of the browser's zone, as its control has it. */
export function toLocalTime(iso: string | undefined): string {
  const time = iso === undefined ? Number.NaN : Date.parse(iso);
  if (Number.isNaN(time)) return '';
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export const toIsoTime = (local: string): string | undefined =>
  local === '' ? undefined : new Date(local).toISOString().replace('.000', '');
