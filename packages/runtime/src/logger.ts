import { type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines on stdout. Message texts are constant, facts are fields; URLs must come through `redactUrl`. */
export function createLogger({
  service,
  instance,
  level,
}: {
  service: string;
  instance: string;
  level: string;
}): Logger {
  return pino({ level, base: { service, instance }, timestamp: pino.stdTimeFunctions.isoTime });
}

/** A connection URL fit for logs: without its password. */
export function redactUrl(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password) parsed.password = '***';
    return parsed.toString();
  } catch {
    return '(not a URL)';
  }
}
