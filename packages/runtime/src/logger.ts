import { type Logger, pino, stdSerializers } from 'pino';

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
  return pino({
    level,
    base: { service, instance },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: toLoggedError },
  });
}

/**
 * What of an error is logged; its causes stand in message and stack. Never its other fields: drivers keep there what
 * they were doing, as the AUTH command with its password, and a bad URL is kept whole.
 */
function toLoggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' ? String(error) : error;
  const { type, message, stack, code, kind } = stdSerializers.err(error);
  return { type, message, code, kind, stack };
}

/** One `@` at most, and that before the host: else what looks like a host may be a part of a password. */
const SHOWN =
  /^(?<scheme>[a-z+]+:\/\/)(?:(?<user>[^:@/?#\s]*)(?<password>:[^@/?#\s]*)?@)?(?<place>[^@?#\s]+)(?:[?#][^@]*)?$/i;

/** A connection URL fit for logs, with several hosts too: without its password and its parameters. */
export function redactUrl(url: string): string {
  const { scheme, user, password, place } = SHOWN.exec(url)?.groups ?? {};
  if (!scheme) return '(not a URL)';
  return `${scheme}${user ?? ''}${password ? ':***' : ''}${user !== undefined ? '@' : ''}${place}`;
}
