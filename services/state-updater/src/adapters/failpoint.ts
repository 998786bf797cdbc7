import { existsSync } from 'node:fs';
import { delay } from '@cyberstroll/runtime';

const PLACES = ['before_commit', 'after_commit_before_ack'] as const;
/** What this process has sent so far is out by then: an ack that came too early must not be lost with it. */
const SENT_WITHIN_MS = 50;
type Place = (typeof PLACES)[number];

/** Where a fault test may have this process die. Never set where it matters. */
export const FAILPOINT_PATTERN = new RegExp(`^(${PLACES.join('|')}):(0(\\.\\d+)?|1)(@/.+)?$`);

/**
 * What `FAILPOINT` asks for: a kill -9 of this process by itself at that place, with the probability that stands behind it,
 * and, where a file is named, only while there is one. Elsewhere, and without it, nothing.
 */
export function createFailpoint(setting: string | undefined): (place: Place) => Promise<void> {
  const [, chosen, probability = '0', , file] = FAILPOINT_PATTERN.exec(setting ?? '') ?? [];
  return async (place) => {
    if (place !== chosen || Math.random() >= Number(probability)) return;
    if (file !== undefined && !existsSync(file.slice(1))) return;
    await delay(SENT_WITHIN_MS);
    process.kill(process.pid, 'SIGKILL');
  };
}
