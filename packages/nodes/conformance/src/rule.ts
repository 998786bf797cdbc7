import type { NodeRule } from '@cyberstroll/contracts';
import type { Bench } from './bench/bench';

/** One promise of the node contract, and how to see whether a node keeps it. */
export interface Rule {
  /** The heading of docs/node-contract.md that has it. */
  section:
    | 'Rules for all messages'
    | 'Exchanges and queues'
    | 'Jobs'
    | 'Updates'
    | 'Heartbeats'
    | 'Control'
    | 'Stopping';
  /** What the node does, for the checklist. */
  promise: string;
  /** Resolves with what was seen. Throws a BrokenRule, or a SkippedRule where it cannot be checked. */
  run(bench: Bench): Promise<string> | string;
  /** Where the node never registered: what the broker refused it that breaks this rule. */
  findRefusal?(bench: Bench): string | undefined;
}

export type Rules = Partial<Record<NodeRule, Rule>>;

/** Sends a job of one open host and waits for its result: the node is there and works. */
export async function showThatItWorks(bench: Bench): Promise<void> {
  const job = bench.createJob('open', 1);
  bench.sendJob(job);
  await bench.waitForEnd(job, 25_000);
}
