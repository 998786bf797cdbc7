import type { Logger } from 'pino';

export interface OutageLog {
  /** One of the links to it is away: logged when it is the first. */
  down(link: string, err: unknown): void;
  /** One of the links is back: logged when it is the last that was away. */
  up(link: string): void;
}

/** Says once that an engine is away and once that it is back, however many tries and links lie between. */
export function createOutageLog(logger: Logger, engine: string, facts: Record<string, unknown> = {}): OutageLog {
  const away = new Set<string>();
  return {
    down(link, err) {
      if (away.size === 0) logger.warn({ engine, ...facts, err }, 'engine unavailable');
      away.add(link);
    },
    up(link) {
      if (away.delete(link) && away.size === 0) logger.info({ engine, ...facts }, 'engine back');
    },
  };
}
