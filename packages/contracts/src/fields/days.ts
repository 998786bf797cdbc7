/** Without zod: browsers import it. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

export const DAY_MS = 86_400_000;

/** `mon-fri`, or `sat,sun` if they are no run of three days or more. */
export function toDaysText(days: readonly Day[], toName: (day: Day) => string, between: { to: string; and: string }) {
  const places = days.map((day) => DAYS.indexOf(day)).sort((a, b) => a - b);
  const names = places.map((place) => toName(DAYS[place]!));
  const isRun = places.length > 2 && places.at(-1)! - places[0]! === places.length - 1;
  return isRun ? `${names[0]}${between.to}${names.at(-1)}` : names.join(between.and);
}
