import { type AuditEntry, LOGIN, toHttpStatus } from '@cyberstroll/contracts';
import type { Logger } from '@cyberstroll/runtime';
import type { Credential } from './credential';
import { createRateLimit } from './rate-limit';

/** Refused calls of one address in a minute. More are not answered for what they are: nobody guesses keys quickly. */
const MAX_REFUSED_PER_MINUTE = 300;
/** Refused logins in the audit log in a minute: one per address, and of all addresses together as many as this. */
const LOGINS_PER_MINUTE = 100;

export const TOO_MANY_REFUSED = `too many requests without a valid API key; the limit is ${MAX_REFUSED_PER_MINUTE} per minute and address`;

/** The calls without a valid API key, session or ticket. Those with a valid one are never limited by their count. */
export interface Refusals {
  /**
   * Counts a call. If it tried a key, writes it to the audit log: a call with nothing, or with a session or ticket that
   * has ended, is no login. Never waits, and never throws. If it is one too many of its address, returns the seconds
   * until another one is answered.
   */
  note(call: { address: string; requestId: string; tried: Credential['kind'] | undefined }): number | undefined;
}

export function createRefusals({
  auditLog,
  days,
  logger,
}: {
  auditLog: { add(entry: Omit<AuditEntry, 'audit_id' | 'expires'>, days: number): Promise<unknown> };
  /** How long an entry is kept. */
  days: number;
  logger: Logger;
}): Refusals {
  const refused = createRateLimit({ limit: MAX_REFUSED_PER_MINUTE, windowMs: 60_000 });
  const ofAddress = createRateLimit({ limit: 1, windowMs: 60_000 });
  const ofAll = createRateLimit({ limit: LOGINS_PER_MINUTE, windowMs: 60_000 });

  function write(address: string, request_id: string, now: number) {
    if (ofAddress.take(address, now) !== undefined || ofAll.take('all', now) !== undefined) return;
    const outcome = { status: toHttpStatus('unauthorised'), code: 'unauthorised' };
    auditLog
      .add({ time: new Date(), operation: LOGIN, address, request_id, ...outcome }, days)
      .catch((err) => logger.warn({ err }, 'refused login not written down'));
  }

  return {
    note({ address, requestId, tried }) {
      const now = performance.now();
      if (tried === 'key') write(address, requestId, now);
      return refused.take(address, now);
    },
  };
}
