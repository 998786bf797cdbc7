import { findClientAddress } from '@cyberstroll/access';
import type { AuditEntry, AuditOutcome, Owner } from '@cyberstroll/contracts';
import { AppError, type Logger, within } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import type { Request, Response } from 'express';
import type { Config } from '../../config';
import { getCaller } from '../caller';
import { getRequestId } from './request-id';

/** The entry of a command is written within this many milliseconds, or the command is not carried out. */
const ADD_WITHIN_MS = 8_000;
/** An answer waits for the outcome of its entry for this many milliseconds at most. */
const COMPLETE_WITHIN_MS = 2_000;

/** Writes commands to the audit log. */
export type Audit = ReturnType<typeof createCommandAudit>;

type CommandSender = Required<Pick<AuditEntry, 'role' | 'address' | 'request_id'>>;

const ENTRY = 'audit_id';
const SENDER = 'sender';
const DRY_RUN = 'dry_run';

export function createCommandAudit(
  { store: { auditLog }, logger }: { store: Pick<Store, 'auditLog'>; logger: Logger },
  { AUDIT_LOG_DAYS: days, TRUST_PROXY: isTrusted }: Pick<Config, 'AUDIT_LOG_DAYS' | 'TRUST_PROXY'>,
) {
  const isSlow = () => new AppError('no_answer_in_time');

  /** An entry is completed once: what takes it does so. */
  function takeEntry({ locals }: Response): string | undefined {
    const id = locals[ENTRY] as string | undefined;
    delete locals[ENTRY];
    return id;
  }

  async function write(response: Response, id: string | undefined, known: AuditOutcome): Promise<void> {
    if (id === undefined) return;
    const outcome = { ...known, ...(response.locals[DRY_RUN] && { dry_run: true as const }) };
    await within(auditLog.complete(id, outcome), COMPLETE_WITHIN_MS, isSlow).catch((err) =>
      logger.warn({ err, audit_id: id, outcome }, 'outcome not written to the audit log'),
    );
  }

  return {
    /** Writes the command down before anything of it is done. If that fails, nothing is done. */
    async begin(operation: string, request: Request, response: Response): Promise<void> {
      const { name: operator, role, key } = getCaller(response);
      const by = { operator, role, ...(key && { key_id: key.key_id }) };
      const address = findClientAddress(request, isTrusted);
      const what = { time: new Date(), operation, address, request_id: getRequestId(response) };
      const entry = { ...what, ...by, ...toSubject(request.params) };
      response.locals[SENDER] = { role, address, request_id: what.request_id } satisfies CommandSender;
      response.locals[ENTRY] = await within(auditLog.add(entry, days), ADD_WITHIN_MS, isSlow);
    },
    /** The command is a dry run, and its entry says so, however it ends. */
    noteDryRun({ locals }: Response): void {
      locals[DRY_RUN] = true;
    },
    /** Completes the entry of a command; does nothing for other requests. Call it before the answer is sent. */
    complete: (response: Response, outcome: AuditOutcome): Promise<void> =>
      write(response, takeEntry(response), outcome),
    /**
     * The same for a command that continues after its answer: until it is over, its outcome is unknown. `outcome` never
     * rejects.
     */
    completeLater(response: Response, outcome: Promise<AuditOutcome>): void {
      const id = takeEntry(response);
      void outcome.then((known) => write(response, id, known));
    },
  };
}

/** Who sent a command and from where, as its entry says it: for what it brings about later. */
export function toOwner(response: Response): Owner {
  const { name: operator, key } = getCaller(response);
  const sender = response.locals[SENDER] as CommandSender | undefined;
  return { operator, ...(key && { key_id: key.key_id }), ...(sender && { sender }) };
}

/** The ids in the path. They are texts of a client: longer ones than ours are cut. */
function toSubject({ task_id, ...others }: Request['params']): { task_id?: string; subject?: string } {
  const [subject] = Object.values(others);
  const cut = (text: string | string[]) => String(text).slice(0, 50);
  return { ...(task_id && { task_id: cut(task_id) }), ...(subject && { subject: cut(subject) }) };
}
