import type { Logger } from 'pino';

export type OutageLog = ReturnType<typeof createOutageLog>;

/** A lasting outage is logged again after this time, with the current error: it may have changed. */
const REPEAT_MS = 300_000;

/**
 * Logs once that a backing service is unavailable and once that it is back, for any number of tries and connections in
 * between. A long outage is logged again.
 */
export function createOutageLog(
  logger: Logger,
  dependency: string,
  facts: Record<string, unknown> = {},
  { repeatMs = REPEAT_MS }: { repeatMs?: number } = {},
) {
  const away = new Set<string>();
  let logAgainAt = 0;
  return {
    /** A try on one of the connections failed. Logged if it is the first connection that is down. */
    down(link: string, err: unknown): void {
      const now = performance.now();
      if (away.size === 0 || now >= logAgainAt) {
        logAgainAt = now + repeatMs;
        logger.warn(
          { dependency, ...facts, err },
          away.size === 0 ? 'dependency unavailable' : 'dependency still unavailable',
        );
      }
      away.add(link);
    },
    /** One of the connections is back. Logged if no other connection is down. */
    up(link: string): void {
      if (away.delete(link) && away.size === 0) logger.info({ dependency, ...facts }, 'dependency back');
    },
  };
}
