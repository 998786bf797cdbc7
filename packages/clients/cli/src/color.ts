import { createColors } from 'picocolors';

import { say } from './language/say';

/**
 * Whether a stream gets colours: `--no-color`, else FORCE_COLOR, else NO_COLOR and `TERM=dumb`, else whether it is a
 * terminal.
 */
export function wantsColor(
  { isTTY = false }: { isTTY?: boolean },
  env: Record<string, string | undefined>,
  isRefused = false,
): boolean {
  if (isRefused) return false;
  if (env['FORCE_COLOR']) return !['0', 'false'].includes(env['FORCE_COLOR']);
  return isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

const PAINTS: Record<'green' | 'yellow' | 'red' | 'cyan', readonly string[]> = {
  green: ['COMPLETED', 'online', 'ok', 'resolved'],
  yellow: ['PAUSED', 'CANCELLED', 'RETRYING', 'draining', 'acknowledged', 'warn', 'skipped'],
  red: ['FAILED', 'TIMEOUT', 'offline', 'silent', 'firing', 'fail'],
  cyan: ['RUNNING', 'SCANNING', 'busy'],
};

/** The text in the colour of a state, such as a status or a verdict. */
export function paintState(state: string, text: string, color: boolean): string {
  const [paint] = Object.entries(PAINTS).find(([, states]) => states.includes(state)) ?? [];
  return paint ? createColors(color)[paint as keyof typeof PAINTS](text) : text;
}

/** An error whose first word is red. */
export const paintError = (text: string, color: boolean): string => text.replace(say('error'), createColors(color).red);
