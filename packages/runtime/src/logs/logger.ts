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
 * The part of an error that is logged; its causes are in message and stack. Other fields are never logged: drivers
 * store there what they were doing, for example the AUTH command with its password, and a bad URL is stored whole.
 */
function toLoggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' ? String(error) : error;
  const { type, message, stack, code, kind } = stdSerializers.err(error);
  return { type, message, code, kind, stack };
}

/** At most one `@`, before the host. Otherwise a part of a password could look like a host. */
const SHOWN =
  /^(?<scheme>[a-z+]+:\/\/)(?:(?<user>[^:@/?#\s]*)(?<password>:[^@/?#\s]*)?@)?(?<place>[^@?#\s]+)(?:[?#][^@]*)?$/i;

/** A connection URL that is safe for logs, also with several hosts: without its password and its parameters. */
export function redactUrl(url: string): string {
  const { scheme, user, password, place } = SHOWN.exec(url)?.groups ?? {};
  if (!scheme) return '(not a URL)';
  return `${scheme}${user ?? ''}${password ? ':***' : ''}${user !== undefined ? '@' : ''}${place}`;
}
