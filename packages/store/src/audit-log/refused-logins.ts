import { LOGIN, toHttpStatus } from '@cyberstroll/contracts';
import { createRateLimit, type Logger } from '@cyberstroll/runtime';
import type { AuditLog } from './audit-log';

/** Entries of refused logins in a minute: one per address, and of all addresses together as many as this. */
const LOGINS_PER_MINUTE = 100;

/** Writes a login without a valid API key, session or ticket to the audit log. Never waits, and never throws. */
export type NoteRefusedLogin = (login: { address: string; requestId: string }) => void;

export function createRefusedLogins({
  auditLog,
  days,
  logger,
}: {
  auditLog: Pick<AuditLog, 'add'>;
  /** How long an entry is kept. */
  days: number;
  logger: Logger;
}): NoteRefusedLogin {
  const ofAddress = createRateLimit({ limit: 1, windowMs: 60_000 });
  const ofAll = createRateLimit({ limit: LOGINS_PER_MINUTE, windowMs: 60_000 });

  return ({ address, requestId }) => {
    const now = performance.now();
    if (ofAddress.take(address, now) !== undefined || ofAll.take('all', now) !== undefined) return;
    const time = new Date();
    const expires = toAuditExpiry(time, days);
    const refused = { status: toHttpStatus('unauthorised'), code: 'unauthorised' };
    auditLog
      .add({ time, operation: LOGIN, address, request_id: requestId, expires, ...refused })
      .catch((err) => logger.warn({ err }, 'refused login not written down'));
  };
}

/** When an entry of the audit log expires. */
export const toAuditExpiry = (time: Date, days: number): Date => new Date(time.getTime() + days * 86_400_000);
