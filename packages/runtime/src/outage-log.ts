import type { Logger } from 'pino';

export interface OutageLog {
  /** One of the links to it is away, at each try that failed: logged when it is the first. */
  down(link: string, err: unknown): void;
  /** One of the links is back: logged when it is the last that was away. */
  up(link: string): void;
}

/** An outage that lasts is logged again this often, with the error of that moment: it may be another by then. */
const REPEAT_MS = 300_000;

/**
 * Logs once that an engine is away and once that it is back, however many tries and links lie between; a long outage
 * again.
 */
export function createOutageLog(
  logger: Logger,
  engine: string,
  facts: Record<string, unknown> = {},
  { repeatMs = REPEAT_MS }: { repeatMs?: number } = {},
): OutageLog {
  const away = new Set<string>();
  let logAgainAt = 0;
  return {
    down(link, err) {
      const now = performance.now();
      if (away.size === 0 || now >= logAgainAt) {
        logAgainAt = now + repeatMs;
        logger.warn({ engine, ...facts, err }, away.size === 0 ? 'engine unavailable' : 'engine still unavailable');
      }
      away.add(link);
    },
    up(link) {
      if (away.delete(link) && away.size === 0) logger.info({ engine, ...facts }, 'engine back');
    },
  };
}
