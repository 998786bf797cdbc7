import type { Logger } from 'pino';
import { toAppError } from '../app-error';

/** An outage is over when nothing has failed by it for this time. */
const QUIET_MS = 20_000;
/** A lasting outage is logged again after this time, with the current error: it may have changed. */
const REPEAT_MS = 300_000;

interface Outage {
  beganAtMs: number;
  lastAtMs: number;
  loggedAtMs: number;
  failures: number;
}

/** The outages of a process, by the code of their error. A process has one logger. */
const outagesOf = new WeakMap<Logger, Map<string, Outage>>();

/**
 * Logs, as a warning, the failure of work that is tried again, such as a pass of a sweep. While a backing service is
 * unavailable everything that needs it fails again and again: the first of these failures in the whole process is
 * logged, the others are counted, and one line says at the end how many there were. An error of any other kind than
 * `transient` is logged each time.
 */
export function logFailure(logger: Logger, facts: { err: unknown; [fact: string]: unknown }, message: string): void {
  const { kind, code } = toAppError(facts.err);
  if (kind !== 'transient') {
    logger.warn(facts, message);
    return;
  }
  const outages = outagesOf.get(logger) ?? new Map<string, Outage>();
  outagesOf.set(logger, outages);
  const now = performance.now();
  const known = outages.get(code);
  const outage = known ?? { beganAtMs: now, lastAtMs: now, loggedAtMs: now, failures: 0 };
  outage.failures += 1;
  outage.lastAtMs = now;
  if (!known) {
    outages.set(code, outage);
    logger.warn(facts, message);
    waitForEnd();
  } else if (now - outage.loggedAtMs >= REPEAT_MS) {
    outage.loggedAtMs = now;
    logger.warn({ ...facts, failures: outage.failures }, message);
  }

  function waitForEnd() {
    const leftMs = outage.lastAtMs + QUIET_MS - performance.now();
    if (leftMs > 0) return void setTimeout(waitForEnd, leftMs).unref();
    outages.delete(code);
    const duration_ms = Math.round(outage.lastAtMs - outage.beganAtMs);
    logger.info({ code, failures: outage.failures, duration_ms }, 'failures have ended');
  }
}
