import { type SubTask, type SubTaskTransition, type TaskConfig, toSentence } from '@cyberstroll/contracts';
import {
  impliedSubTaskTransitions,
  isEndedTask,
  type SubTaskStatus,
  type TaskStatus,
} from '@cyberstroll/state-machine';
import { completeResult } from '../results/complete-result';
import { type AttemptTimes, toAttemptTimes } from './attempt-times';
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
  'scanned_late',
] as const;

/**
 * Applies an update that `refuseUpdate` let pass to the subtask's document, and adds the transitions, in order. Returns
 * whether the update's times are impossible. A failure that is to be retried moves the subtask to its next attempt.
 */
export function advanceSubTask(
  subTask: SubTask,
  incoming: IncomingUpdate,
  circumstances: Circumstances,
  transitions: SubTaskTransition[],
): boolean {
  const advance = new Advance(subTask, incoming, circumstances, transitions);
  advance.run();
  return advance.times.implausible;
}

const NOTHING = { open_ports: [], services: [], response_time: 0 };

/** A class, and not functions inside of a function: those would be made again for each update. */
class Advance {
  readonly times: AttemptTimes;
  readonly #transitions: SubTaskTransition[];
  readonly #subTask: SubTask;
  readonly #sender: IncomingUpdate['sender'];
  readonly #update: IncomingUpdate['update'];
  readonly #given: Circumstances;
  readonly #operator: string;
  /**
   * The deadline is set at the end, if a node holds the attempt then. A property that is deleted again makes the whole
   * object slow to read and to write.
   */
  #isHeld = false;

  constructor(
    subTask: SubTask,
    { sender, update }: IncomingUpdate,
    given: Circumstances,
    transitions: SubTaskTransition[],
  ) {
    this.times = toAttemptTimes(update, toSentTime(subTask), given.now);
    this.#transitions = transitions;
    this.#subTask = subTask;
    this.#sender = sender;
    this.#update = update;
    this.#given = given;
    this.#operator = sender.operator ?? sender.node_id ?? 'unknown';
  }

  run() {
    const [subTask, update, sender] = [this.#subTask, this.#update, this.#sender];
    if (update.status === 'RETRYING') {
      this.#retry(0, false, update.reason);
      subTask.node_losses = 0;
      drop(subTask, 'hand_backs');
      return;
    }
    if (subTask.lease_id === undefined && update.lease_id !== undefined && sender.node_id !== undefined) {
      this.#claim(sender.node_id, update.lease_id);
    }
    // A node that claims a retry reports ASSIGNED. The contract has no such arrow, so the subtask stays RETRYING until
    // the scan starts.
    const isRetryClaim = subTask.status === 'RETRYING' && update.status === 'ASSIGNED';
    for (const status of isRetryClaim ? [] : toImplied(subTask.status, update)) {
      if (status === 'SCANNING') this.#start();
      else if (status === 'COMPLETED') this.#complete();
      else if (status === 'FAILED' || status === 'TIMEOUT') this.#fail(status);
      else if (status === 'CANCELLED') this.#close(status, update.reason);
      else this.#moveTo(status, this.times.assigned);
    }
    if (this.#isHeld) subTask.deadline = toDeadline(this.#given.now, this.#given.task.config);
  }

  #moveTo(status: SubTaskStatus, timestamp: Date, reason?: string) {
    const subTask = this.#subTask;
    const { task_id, subtask_id, ip, attempt, status: previous_status, assigned_node: node_id } = subTask;
    const open_ports = status === 'COMPLETED' ? subTask.scan_result?.open_ports.length : undefined;
    const error_code = status === 'FAILED' || status === 'TIMEOUT' ? subTask.error_info?.error_code : undefined;
    subTask.status = status;
    const entry = { status, timestamp, operator: this.#operator, attempt };
    subTask.status_history.push(reason === undefined ? entry : { ...entry, reason });
    this.#transitions.push({
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

  #claim(node: string, lease: string) {
    const [subTask, { instance_id }, { now }] = [this.#subTask, this.#sender, this.#given];
    subTask.lease_id = lease;
    subTask.assigned_node = node;
    if (instance_id !== undefined) subTask.assigned_instance = instance_id;
    subTask.assigned_time = this.times.assigned;
    this.#isHeld = true;
    if (subTask.status === 'RETRYING') subTask.last_retry_time = now;
    this.#endWait();
  }

  #endWait() {
    drop(this.#subTask, 'next_retry_time');
    drop(this.#subTask, 'retry_due_time');
  }

  #start() {
    this.#subTask.started_time = this.times.started;
    this.#isHeld = true;
    this.#moveTo('SCANNING', this.times.started);
  }

  #close(status: SubTaskStatus, reason?: string) {
    const [subTask, times] = [this.#subTask, this.times];
    this.#isHeld = false;
    drop(subTask, 'deadline');
    this.#endWait();
    const { started_time: started } = subTask;
    const completed = started && started > times.completed ? started : times.completed;
    subTask.completed_time = completed;
    if (started) subTask.execution_duration = times.scanSeconds ?? (completed.getTime() - started.getTime()) / 1_000;
    this.#moveTo(status, completed, reason);
  }

  #complete() {
    const subTask = this.#subTask;
    subTask.scan_result = completeResult(this.#update.scan_result ?? NOTHING);
    if (subTask.scan_result.open_ports.length > 0) subTask.has_open_ports = true;
    drop(subTask, 'error_info');
    this.#close('COMPLETED');
  }

  #fail(status: 'FAILED' | 'TIMEOUT') {
    const [subTask, { error_info, reason }, { task, now, random }] = [this.#subTask, this.#update, this.#given];
    const code = error_info?.error_code ?? (status === 'TIMEOUT' ? 'SUBTASK_TIMEOUT' : 'INTERNAL_ERROR');
    if (code === 'NODE_LOST') subTask.node_losses += 1;
    if (code === 'NODE_DRAINING') subTask.hand_backs = (subTask.hand_backs ?? 0) + 1;
    const decision = decideRetry({ ...subTask, error_code: code }, task.config, random());
    const error_code = decision.retry ? code : decision.error_code;
    const reported = error_info?.error_message ?? '';
    const error_message =
      error_code === 'NODE_LOST_LIMIT' ? toSentence('too_many_nodes_lost', { nodes: NODE_LOSS_LIMIT }) : reported;
    subTask.error_info = { error_code, error_message, error_time: now };
    this.#close(status, reason ?? error_code);
    if (decision.retry && !isEndedTask(task.status))
      this.#retry(decision.delayMs, decision.free, toSentence('after_error', { error_code: code }));
  }

  #retry(delayMs: number, free: boolean, reason?: string) {
    const [subTask, { now }] = [this.#subTask, this.#given];
    if (subTask.assigned_node !== undefined) subTask.last_node = subTask.assigned_node;
    for (const field of ATTEMPT_FIELDS) drop(subTask, field);
    subTask.attempt += 1;
    if (!free) subTask.retry_count += 1;
    subTask.next_retry_time = new Date(now.getTime() + delayMs);
    subTask.retry_due_time = subTask.next_retry_time;
    this.#moveTo('RETRYING', now, reason);
  }
}

type AttemptField = (typeof ATTEMPT_FIELDS)[number];

/** To delete a field takes long, also where it is not there. */
function drop(
  subTask: SubTask,
  field: AttemptField | 'next_retry_time' | 'retry_due_time' | 'hand_backs' | 'error_info',
): void {
  if (subTask[field] !== undefined) delete subTask[field];
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
