import { existsSync } from 'node:fs';
import { z } from 'zod';
import { delay } from './timers';

/** What this process has sent so far is out by then: an ack that came too early must not be lost with it. */
const SENT_WITHIN_MS = 50;

/** How often, and while which file is there. */
const CONDITION = ':(0(\\.\\d+)?|1)(@/.+)?';

/** The variable of a service that a fault test may have die at one of these places. Never set where it matters. */
export const failpointConfigShape = (places: readonly string[]) => ({
  FAILPOINT: z
    .string()
    .regex(new RegExp(`^(${places.join('|')})${CONDITION}$`))
    .optional()
    .describe(
      `For fault tests only: \`${places[0]}:0.05\` dies there once in 20 times, \`${places.at(-1)}:1@/a/file\` each time while there is such a file`,
    ),
});

/**
 * What `FAILPOINT` asks for: a kill -9 of this process by itself at that place, with the probability that stands behind
 * it, and, where a file is named, only while there is one. Elsewhere, and without it, nothing.
 */
export function createFailpoint(setting: string | undefined): (place: string) => Promise<void> {
  const [, chosen, probability = '0', , file] = new RegExp(`^(\\w+)${CONDITION}$`).exec(setting ?? '') ?? [];
  return async (place) => {
    if (place !== chosen || Math.random() >= Number(probability)) return;
    if (file !== undefined && !existsSync(file.slice(1))) return;
    await delay(SENT_WITHIN_MS);
    process.kill(process.pid, 'SIGKILL');
  };
}
