import { signal } from '@preact/signals';
import { readPreference, writePreference } from './stored';

/** How the times of what happened are shown: from now, or exactly, in the browser's zone or in UTC. */
export const TIMES = ['relative', 'exact', 'utc'] as const;
type Times = (typeof TIMES)[number];

const chosen = readPreference('times');

export const times = signal<Times>(TIMES.find((name) => name === chosen) ?? 'relative');

export function setTimes(name: Times): void {
  times.value = name;
  writePreference('times', name);
}
