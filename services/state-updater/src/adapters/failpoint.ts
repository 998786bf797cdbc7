import { existsSync } from 'node:fs';

const PLACES = ['before_commit', 'after_commit_before_ack'] as const;
type Place = (typeof PLACES)[number];

/** Where a fault test may have this process die. Never set where it matters. */
export const FAILPOINT_PATTERN = new RegExp(`^(${PLACES.join('|')}):(0(\\.\\d+)?|1)(@/.+)?$`);

/**
 * What `FAILPOINT` asks for: a kill -9 of this process by itself at that place, with the probability that stands behind it,
 * and, where a file is named, only while there is one. Elsewhere, and without it, nothing.
 */
export function createFailpoint(setting: string | undefined): (place: Place) => void {
  const [, chosen, probability = '0', , file] = FAILPOINT_PATTERN.exec(setting ?? '') ?? [];
  return (place) => {
    if (place !== chosen || Math.random() >= Number(probability)) return;
    if (file === undefined || existsSync(file.slice(1))) process.kill(process.pid, 'SIGKILL');
  };
}
