/**
 * A claim is this node's hold on one attempt of one subtask. This file builds its updates. An update is cumulative: it
 * has all that is known about the attempt, so the newest one replaces every earlier one.
 */
import { randomUUID } from 'node:crypto';
import {
  compileReader,
  type Job,
  MAX_ERROR_MESSAGE_LENGTH,
  type ReportedResult,
  reportedResultSchema,
  type SubTaskUpdate,
} from '@cyberstroll/contracts';
import { isoNow } from '../iso-now';
import type { Excluded } from './excluded';
import { ScanError } from './scan-errors';
import type { ScanTarget } from './scan-function';

const readResult = compileReader(reportedResultSchema);

/** What all subtasks of a job have in common. */
export interface JobPlan {
  task_id: string;
  method: string;
  options: ScanTarget['options'];
  ports: readonly number[];
  timeoutMs: number;
  /** On the server's clock, in milliseconds since 1970: from then on nothing of the job may begin. */
  notAfter: number;
  /** On the server's clock: the exclusions of this time are kept in the job. */
  rulesTime: number;
  excluded: Excluded;
}

export interface Claim {
  readonly plan: JobPlan;
  readonly subtask_id: string;
  readonly ip: string;
  readonly attempt: number;
  /** Random per claim, never the node's name: it fences this claim off from any other claim of the same attempt. */
  readonly lease_id: string;
  readonly assigned_time: string;
  /** ISO 8601; not set before the scan starts. */
  started_time?: string;
  /** Those that its scan was started with. */
  ports?: readonly number[];
  /** Percent. */
  progress: number;
}

export function createClaim(plan: JobPlan, { subtask_id, ip, attempt }: Job['subtasks'][number]): Claim {
  return { plan, subtask_id, ip, attempt, lease_id: randomUUID(), assigned_time: isoNow(), progress: 0 };
}

function toUpdate(claim: Claim, status: SubTaskUpdate['status']): SubTaskUpdate {
  const { subtask_id, ip, attempt, lease_id, assigned_time, started_time } = claim;
  const { task_id } = claim.plan;
  const update: SubTaskUpdate = { task_id, subtask_id, ip, attempt, lease_id, status, assigned_time };
  if (started_time !== undefined) update.started_time = started_time;
  return update;
}

/** The update of an open claim: ASSIGNED until its scan starts, then SCANNING. */
export const toOpenUpdate = (claim: Claim): SubTaskUpdate =>
  toUpdate(claim, claim.started_time === undefined ? 'ASSIGNED' : 'SCANNING');

/** A result that breaks the contract is a bug of the scan function and must not reach the server: the subtask fails. */
export function toResultUpdate(claim: Claim, result: ReportedResult): SubTaskUpdate {
  const parsed = readResult(result);
  if (parsed.success) {
    const update = toUpdate(claim, 'COMPLETED');
    update.completed_time = isoNow();
    update.scan_result = parsed.data;
    return update;
  }
  const issue = parsed.error.issues[0];
  const problem = `the result of the scan function is not valid: ${issue?.path.join('.')}: ${issue?.message}`;
  return toFailedUpdate(claim, 'INTERNAL_ERROR', problem);
}

export function toErrorUpdate(claim: Claim, error: unknown): SubTaskUpdate {
  if (error instanceof ScanError) return toFailedUpdate(claim, error.code, error.message);
  return toFailedUpdate(claim, 'INTERNAL_ERROR', error instanceof Error ? error.message : String(error));
}

/** For a subtask of a job that cannot be read. Another attempt could not be read either. */
export function toInvalidJobUpdate(task_id: string, subtask: Job['subtasks'][number], problem: string): SubTaskUpdate {
  return {
    task_id,
    ...subtask,
    lease_id: randomUUID(),
    assigned_time: isoNow(),
    status: 'FAILED',
    completed_time: isoNow(),
    error_info: { error_code: 'INVALID_JOB', error_message: problem.slice(0, MAX_ERROR_MESSAGE_LENGTH) },
  };
}

export function toFailedUpdate(claim: Claim, code: string, message: string): SubTaskUpdate {
  return {
    ...toUpdate(claim, code === 'SUBTASK_TIMEOUT' ? 'TIMEOUT' : 'FAILED'),
    completed_time: isoNow(),
    error_info: { error_code: code, error_message: message.slice(0, MAX_ERROR_MESSAGE_LENGTH) },
  };
}
