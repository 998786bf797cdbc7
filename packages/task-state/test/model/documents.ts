import {
  BUCKET_OF_STATUS,
  type SubTask,
  type SubTaskUpdate,
  taskConfigSchema,
  toSubTaskId,
} from '@cyberstroll/contracts';
import type { TaskStatus } from '@cyberstroll/state-machine';
import type { IncomingUpdate, UpdateResult } from '../../src';
import type { Decisions } from './decisions';
import { findDecisionFault, findSubTaskFault } from './invariants';

const TASK_ID = 'a'.repeat(24);
const SUBTASK_ID = toSubTaskId(TASK_ID, 0);
export const NOW = new Date('2026-01-01T00:01:00Z');
const SENT = new Date('2026-01-01T00:00:00Z');
const IP = '127.0.0.1';
/** One retry that costs, and free ones. */
const CONFIG = taskConfigSchema.parse({ max_retries: 1 });

/** An update that may arrive. */
export interface Message {
  /** Its place among the messages of the model. */
  number: number;
  /** As a step of a trace. */
  arrival: string;
  incoming: IncomingUpdate;
  /** Sent by a node or a service that does what it should: it never becomes a dead letter. */
  isHonest: boolean;
}

/** What an update does to a document. */
export interface Outcome {
  outcome: UpdateResult['outcome'];
  /** The document after it. */
  next: number;
  /** What the counters get, one figure after the other. */
  counts: readonly number[];
  reopened: number;
  fault: string | undefined;
}

export type Report = Pick<SubTaskUpdate, 'attempt' | 'status'> & { lease?: string | undefined; code?: string };

export const toUpdate = ({ attempt, status, lease, code }: Report): SubTaskUpdate => ({
  task_id: TASK_ID,
  subtask_id: SUBTASK_ID,
  attempt,
  status,
  ...(lease !== undefined && { lease_id: lease }),
  ...(code !== undefined && { error_info: { error_code: code, error_message: '' } }),
});

/**
 * The documents that a subtask may have, by number; 0 stands for no document. Each decision is made once. The clock
 * stands still, and a document keeps the history of its present attempt alone: nothing is decided by what is older.
 */
export function createDocuments(decisions: Decisions, { max_retries }: { max_retries: number } = CONFIG) {
  const documents: (SubTask | undefined)[] = [undefined];
  const faults: (string | undefined)[] = [undefined];
  const numbers = new Map<string, number>();
  /** By document, task and ledger: the outcomes, by message. */
  const outcomes: (Outcome | undefined)[][] = [];

  function toNumber(document: SubTask): number {
    const { last_node: _, last_retry_time: _1, execution_duration: _2, error_info: _3, ...kept } = document;
    const status_history = kept.status_history.filter(({ attempt }) => attempt === kept.attempt);
    const key = JSON.stringify({ ...kept, status_history });
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const number = documents.push({ ...kept, status_history }) - 1;
    numbers.set(key, number);
    faults.push(findSubTaskFault(documents[number]!));
    return number;
  }

  function decide(number: number, status: TaskStatus, isSent: boolean, message: Message): Outcome {
    const current = documents[number];
    const task = { task_id: TASK_ID, status, config: { ...CONFIG, max_retries } };
    const sent = isSent ? SENT : undefined;
    const given = { task, index: 0, ip: IP, current, sent, updates: [message.incoming], now: NOW, random: () => 0.5 };
    const decision = decisions.decideSubTask(given);
    const counts = decisions.count(current, decision);
    const fault = findDecisionFault(
      { ...given, isHonest: message.isHonest, incoming: message.incoming },
      decision,
      counts,
    );
    const { next, results } = decision;
    return {
      outcome: results[0]!.outcome,
      next: next ? toNumber(next) : number,
      counts: Object.values(counts),
      reopened: decisions.countReopened(current, decision),
      fault,
    };
  }

  return {
    get: (number: number) => documents[number],
    findFault: (number: number) => faults[number],
    count: () => documents.length,
    /** The counter that it is in; none has the untouched ones. */
    bucketOf: (number: number) => BUCKET_OF_STATUS[documents[number]?.status ?? 'PENDING'],
    /** `task`: the place of its status among those of the model. */
    apply(number: number, status: TaskStatus, place: number, isSent: boolean, message: Message): Outcome {
      const row = (number * 8 + place) * 2 + (isSent ? 1 : 0);
      const ofRow = outcomes[row] ?? [];
      outcomes[row] = ofRow;
      const outcome = ofRow[message.number] ?? decide(number, status, isSent, message);
      ofRow[message.number] = outcome;
      return outcome;
    },
  };
}
