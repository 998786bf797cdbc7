import { type SubTask, type SubTaskTransition, type TaskConfig, toSentence } from '@cyberstroll/contracts';
import {
  impliedSubTaskTransitions,
  isEndedTask,
  type SubTaskStatus,
  type TaskStatus,
} from '@cyberstroll/state-machine';
import { toAttemptTimes } from './attempt-times';
import { toDeadline } from './deadline';
import type { IncomingUpdate } from './incoming-update';
import { decideRetry, NODE_LOSS_LIMIT } from './retry-policy';

interface Circumstances {
  task: { status: TaskStatus; config: TaskConfig };
  now: Date;
  random: () => number;
}

/** The fields of one attempt. They are removed when the next attempt begins. */
const ATTEMPT_FIELDS = [
  'lease_id',
  'deadline',
  'assigned_node',
  'assigned_instance',
  'assigned_time',
  'started_time',
  'completed_time',
  'execution_duration',
  'retry_sent_time',
] as const;

/**
 * Applies an update that `refuseUpdate` let pass to the subtask's document. Returns the transitions, in order, and
 * whether the update's times are impossible. A failure that is to be retried moves the subtask to its next attempt.
 */
export function advanceSubTask(
  subTask: SubTask,
  { sender, update }: IncomingUpdate,
  { task, now, random }: Circumstances,
): { transitions: SubTaskTransition[]; implausible: boolean } {
  const operator = sender.operator ?? sender.node_id ?? 'unknown';
  const times = toAttemptTimes(update, toSentTime(subTask), now);
  /** Set at the end. A property that is deleted again makes the whole object slow to read and to write. */
  let deadline: Date | undefined;
  const transitions: SubTaskTransition[] = [];
  const result = { transitions, implausible: times.implausible };

  function moveTo(status: SubTaskStatus, timestamp: Date, reason?: string) {
    const { task_id, subtask_id, ip, attempt, status: previous_status, assigned_node: node_id } = subTask;
    const open_ports = status === 'COMPLETED' ? subTask.scan_result?.open_ports.length : undefined;
    const error_code = status === 'FAILED' || status === 'TIMEOUT' ? subTask.error_info?.error_code : undefined;
    subTask.status = status;
    const entry = { status, timestamp, operator, attempt };
    subTask.status_history.push(reason === undefined ? entry : { ...entry, reason });
    transitions.push({
      task_id,
      subtask_id,
      ip,
      previous_status,
      status,
      attempt,
      timestamp,
      node_id,
      open_ports,
      error_code,
    });
  }

  function claim(node: string, lease: string) {
    subTask.lease_id = lease;
    subTask.assigned_node = node;
    if (sender.instance_id !== undefined) subTask.assigned_instance = sender.instance_id;
    subTask.assigned_time = times.assigned;
    deadline = toDeadline(now, task.config);
    if (subTask.status === 'RETRYING') subTask.last_retry_time = now;
    endWait();
  }

  function endWait() {
    delete subTask.next_retry_time;
    delete subTask.retry_due_time;
  }

  function start() {
    subTask.started_time = times.started;
    deadline = toDeadline(now, task.config);
    moveTo('SCANNING', times.started);
  }

  function close(status: SubTaskStatus, reason?: string) {
    deadline = undefined;
    delete subTask.deadline;
    endWait();
    const { started_time: started } = subTask;
    const completed = started && started > times.completed ? started : times.completed;
    subTask.completed_time = completed;
    if (started) subTask.execution_duration = times.scanSeconds ?? (completed.getTime() - started.getTime()) / 1_000;
    moveTo(status, completed, reason);
  }

  function complete() {
    subTask.scan_result = update.scan_result ?? { open_ports: [], services: [], response_time: 0 };
    if (subTask.scan_result.open_ports.length > 0) subTask.has_open_ports = true;
    delete subTask.error_info;
    close('COMPLETED');
  }

  function fail(status: 'FAILED' | 'TIMEOUT') {
    const code = update.error_info?.error_code ?? (status === 'TIMEOUT' ? 'SUBTASK_TIMEOUT' : 'INTERNAL_ERROR');
    if (code === 'NODE_LOST') subTask.node_losses += 1;
    if (code === 'NODE_DRAINING') subTask.hand_backs = (subTask.hand_backs ?? 0) + 1;
    const decision = decideRetry({ ...subTask, error_code: code }, task.config, random());
    const error_code = decision.retry ? code : decision.error_code;
    const reported = update.error_info?.error_message ?? '';
    const error_message =
      error_code === 'NODE_LOST_LIMIT' ? toSentence('too_many_nodes_lost', { nodes: NODE_LOSS_LIMIT }) : reported;
    subTask.error_info = { error_code, error_message, error_time: now };
    close(status, update.reason ?? error_code);
    if (decision.retry && !isEndedTask(task.status))
      retry(decision.delayMs, decision.free, toSentence('after_error', { error_code: code }));
  }

  function retry(delayMs: number, free: boolean, reason?: string) {
    if (subTask.assigned_node !== undefined) subTask.last_node = subTask.assigned_node;
    for (const field of ATTEMPT_FIELDS) delete subTask[field];
    subTask.attempt += 1;
    if (!free) subTask.retry_count += 1;
    subTask.next_retry_time = new Date(now.getTime() + delayMs);
    subTask.retry_due_time = subTask.next_retry_time;
    moveTo('RETRYING', now, reason);
  }

  if (update.status === 'RETRYING') {
    retry(0, false, update.reason);
    subTask.node_losses = 0;
    delete subTask.hand_backs;
    return result;
  }
  if (subTask.lease_id === undefined && update.lease_id !== undefined && sender.node_id !== undefined) {
    claim(sender.node_id, update.lease_id);
  }
  // A node that claims a retry reports ASSIGNED. The contract has no such arrow, so the subtask stays RETRYING until
  // the scan starts.
  const isRetryClaim = subTask.status === 'RETRYING' && update.status === 'ASSIGNED';
  for (const status of isRetryClaim ? [] : toImplied(subTask.status, update)) {
    if (status === 'SCANNING') start();
    else if (status === 'COMPLETED') complete();
    else if (status === 'FAILED' || status === 'TIMEOUT') fail(status);
    else if (status === 'CANCELLED') close(status, update.reason);
    else moveTo(status, times.assigned);
  }
  if (deadline) subTask.deadline = deadline;
  return result;
}

/**
 * The earliest time at which the job of the present attempt can have been sent. For a retry: when the retry was
 * decided.
 */
function toSentTime({ attempt, created_time, status_history }: SubTask): Date {
  const retry = attempt > 1 ? status_history.findLast(({ status }) => status === 'RETRYING') : undefined;
  return retry?.timestamp ?? created_time;
}

/**
 * The machine lets an ASSIGNED subtask fail before it starts. Whether this one had started is known from the node's
 * report.
 */
function toImplied(from: SubTaskStatus, { status: to, started_time }: IncomingUpdate['update']): SubTaskStatus[] {
  const start =
    started_time !== undefined && to !== 'ASSIGNED' ? (impliedSubTaskTransitions(from, 'SCANNING') ?? []) : [];
  return [...start, ...(impliedSubTaskTransitions(start.at(-1) ?? from, to) ?? [])];
}
