import { type Job, type ScanErrorCode, type SubTaskUpdate, toSentence } from '@cyberstroll/contracts';
import { type Delivery, DONE, type Verdict } from '@cyberstroll/messaging';
import { startSpan } from '@cyberstroll/runtime';
import type { Scope } from '@cyberstroll/targets';
import {
  type Claim,
  createClaim,
  type JobPlan,
  toFailedUpdate,
  toInvalidJobUpdate,
  toOpenUpdate,
} from '../scans/claim';
import type { ClaimBoard } from '../scans/claim-board';
import { createReceipt, type Receipt, type WakeSignal } from '../signals';
import type { RecentReports } from '../updates/recent-reports';
import { createJobReader, type JobReading } from './job-reader';
import { ReturnedJobs } from './returned-jobs';

const BACK_TO_QUEUE: Verdict = { kind: 'retry' };

/**
 * Turns job messages into claims. A job waits here, unclaimed, until `hasRoom`, so that the node claims little before
 * its turn and other nodes can take the job; `wake` says when to ask again. The subtasks of a job are claimed in one
 * step, without an await inside.
 */
export function createJobConsumer({
  nodeId,
  board,
  recent,
  scope,
  methods,
  wake,
  stateOf,
  isOver = () => false,
  portsLeft = (_, ports) => ports,
  hasRoom,
  report,
  onClaimed,
  onTraced,
  drop,
}: {
  nodeId: string;
  board: ClaimBoard;
  recent: RecentReports;
  scope: Scope;
  methods: readonly string[];
  wake: WakeSignal;
  stateOf: (taskId: string) => 'running' | 'paused' | 'ended';
  /** Whether nothing of the job may begin any more. Default: never. */
  isOver?: (plan: JobPlan) => boolean;
  /** What of these ports control messages let a node scan now. Default: all. */
  portsLeft?: (ip: string, ports: readonly number[]) => readonly number[];
  hasRoom: () => boolean;
  report: (update: SubTaskUpdate, receipt?: Receipt) => void;
  /** Called with the number of new claims when a job has been claimed. */
  onClaimed: (claims: number) => void;
  /** Called with the traceparent for the task's updates from here on. */
  onTraced: (taskId: string, traceparent: string) => void;
  /** Drops the claim of an older attempt. */
  drop: (claim: Claim) => void;
}) {
  const read = createJobReader();
  const returned = new ReturnedJobs();
  let refusing = false;
  const abandoning = new AbortController();

  /**
   * True for a new claim. A subtask that was claimed before is reported again: if the server knows the update, it is a
   * duplicate.
   */
  function claim(plan: JobPlan, subtask: Job['subtasks'][number], receipt: Receipt): boolean {
    const { subtask_id, attempt, ip } = subtask;
    const held = board.find(subtask_id);
    const ended = recent.find(subtask_id);
    const known = held?.attempt === attempt ? toOpenUpdate(held) : ended?.attempt === attempt ? ended : undefined;
    if (known) {
      report(known, receipt);
      return false;
    }
    if (Math.max(held?.attempt ?? 0, ended?.attempt ?? 0) > attempt) {
      receipt.confirm();
      return false;
    }
    // The server has given up the earlier attempt: its scan, if it still runs, is fenced off.
    if (held) drop(held);
    const refusal = findRefusal(plan, ip);
    // The server cancels it, as it does the subtasks of an ended task.
    if (!refusal && portsLeft(ip, plan.excluded.portsLeft(ip, plan.ports)).length === 0) {
      receipt.confirm();
      return false;
    }
    const claimed = createClaim(plan, subtask);
    if (refusal) {
      report(toFailedUpdate(claimed, refusal.code, refusal.message), receipt);
    } else {
      board.add(claimed);
      report(toOpenUpdate(claimed), receipt);
    }
    return true;
  }

  const scansBy = ({ method }: JobPlan) => methods.includes(method);

  function findRefusal(plan: JobPlan, ip: string): { code: ScanErrorCode; message: string } | undefined {
    if (!scansBy(plan)) {
      return {
        code: 'METHOD_UNSUPPORTED',
        message: toSentence('no_such_method', { node: nodeId, method: plan.method }),
      };
    }
    if (!scope.allows(ip)) return { code: 'OUT_OF_SCOPE', message: toSentence('outside_scope', { ip }) };
    const { excluded, ports } = plan;
    if (excluded.has(ip)) return { code: 'OUT_OF_SCOPE', message: toSentence('excluded_by_task', { ip }) };
    if (excluded.portsLeft(ip, ports).length === 0) {
      return { code: 'OUT_OF_SCOPE', message: toSentence('ports_excluded_by_task', { ip }) };
    }
    return undefined;
  }

  /** Waits for the confirms. While RabbitMQ has an alarm, none comes. */
  async function settle(receipt: Receipt, ending: AbortSignal): Promise<Verdict> {
    const over = [ending, abandoning.signal];
    if (over.some(({ aborted }) => aborted)) return BACK_TO_QUEUE;
    return new Promise((resolve) => {
      const giveBack = () => resolve(BACK_TO_QUEUE);
      for (const signal of over) signal.addEventListener('abort', giveBack);
      void receipt.settled.then(() => {
        // Both signals live longer than any job.
        for (const signal of over) signal.removeEventListener('abort', giveBack);
        resolve(DONE);
      });
    });
  }

  /** Subtasks that nobody reports would be sent again and again. */
  async function failUnread(
    { problem, asked }: Extract<JobReading, { problem: string }>,
    ending: AbortSignal,
  ): Promise<Verdict> {
    if (!asked) return { kind: 'deadLetter', reason: 'bad_job', detail: problem };
    const receipt = createReceipt(asked.subtasks.length);
    for (const subtask of asked.subtasks) {
      report(toInvalidJobUpdate(asked.task_id, subtask, problem), receipt);
    }
    return settle(receipt, ending);
  }

  return {
    /** Handles one job message. The verdict comes when the broker has the first update of each of its subtasks. */
    async handle({ body, headers, ending }: Pick<Delivery, 'body' | 'headers' | 'ending'>): Promise<Verdict> {
      const reading = read(body);
      if ('problem' in reading) return failUnread(reading, ending);
      const { plan, subtasks, avoid_node } = reading;
      const isForOthers = avoid_node === nodeId || !scansBy(plan);
      const returnMs = isForOthers ? returned.countArrival(reading, headers['x-delivery-count']) : undefined;
      for (;;) {
        // Its channel is gone, or it waited here for too long: others get the job, and a claim here would mean a second
        // scan.
        if (ending.aborted) return BACK_TO_QUEUE;
        // Acked without a claim: the server cancels the subtasks of an ended task, and sends the others again when they
        // may begin. Also by a node that stops: the next one may have missed the message.
        if (stateOf(plan.task_id) !== 'running' || isOver(plan)) return DONE;
        if (refusing) return BACK_TO_QUEUE;
        if (returnMs !== undefined) return { kind: 'retry', delayMs: returnMs };
        // What is refused needs no slot.
        if (hasRoom() || !scansBy(plan)) break;
        await wake.wait();
      }
      const span = startSpan('take job', {
        kind: 'consumer',
        parent: headers['traceparent'],
        attributes: {
          'messaging.system': 'rabbitmq',
          'cyberstroll.task_id': plan.task_id,
          'cyberstroll.node_id': nodeId,
          'cyberstroll.subtasks': subtasks.length,
        },
      });
      if (span.traceparent !== undefined) onTraced(plan.task_id, span.traceparent);
      const receipt = createReceipt(subtasks.length);
      onClaimed(subtasks.filter((subtask) => claim(plan, subtask, receipt)).length);
      const verdict = await settle(receipt, ending);
      span.end();
      return verdict;
    },
    /** Returns jobs to the queue from here on, also those that wait for a free slot. */
    refuse(): void {
      refusing = true;
      wake.wake();
    },
    /**
     * Stops waiting for confirms and returns the jobs. The server knows their claims already, or another node makes new
     * ones.
     */
    abandon: (): void => abandoning.abort(),
  };
}
