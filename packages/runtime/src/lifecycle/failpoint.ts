import { existsSync } from 'node:fs';
import * as z from 'zod';
import { delay } from '../timers';

/**
 * Everything that this process has sent is out after this time. An ack that was sent too early must not be lost with
 * the process.
 */
const SENT_WITHIN_MS = 50;

/** The probability, and the file that must exist. */
const CONDITION = ':(0(\\.\\d+)?|1)(@/.+)?';

/** The variable that makes a service die at one of these places, for fault tests. Never set it in production. */
export const failpointConfigShape = (places: readonly string[]) => ({
  FAILPOINT: z
    .string()
    .regex(new RegExp(`^(${places.join('|')})${CONDITION}$`))
    .optional()
    .describe(
      `For fault tests only: \`${places[0]}:0.05\` dies there once in 20 times, \`${places.at(-1)}:1@/a/file\` ` +
        'each time while there is such a file',
    ),
});

/**
 * Does what `FAILPOINT` asks for: the process kills itself (kill -9) at the chosen place, with the given probability,
 * and, if a file is named, only while that file exists. At other places, and without `FAILPOINT`, it does nothing.
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
