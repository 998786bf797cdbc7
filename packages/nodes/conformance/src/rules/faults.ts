import { setTimeout as delay } from 'node:timers/promises';
import { EXCHANGES, KNOWN_FOR_MS, QUEUES } from '@cyberstroll/contracts';
import { CAPACITY } from '../bench/bench';
import { check, SkippedRule } from '../broken-rule';
import { type Rules, showThatItWorks } from '../rule';

const { stateUpdates } = QUEUES;
/** Longer than any node of the runner lives. */
const LONG_MS = 3_600_000;

export const FAULTS = {
  'returned-updates': {
    section: 'Updates',
    promise: 'keeps updates that come back, since no queue took them, and sends them again',
    async run(bench) {
      const job = bench.createJob('open', 2);
      await bench.channel.unbindQueue(stateUpdates.name, EXCHANGES.state.name, stateUpdates.routingKey);
      try {
        bench.sendJob(job);
        await bench.waitFor('updates are returned', () => bench.tap.publishes.some(({ returned }) => returned));
        await delay(500);
      } finally {
        await bench.channel.bindQueue(stateUpdates.name, EXCHANGES.state.name, stateUpdates.routingKey);
      }
      await bench.waitForEnd(job, 25_000);
      await bench.waitForAck(job);
      return (
        `${bench.tap.publishes.filter(({ returned }) => returned).length} messages came back; all arrived ` +
        'afterwards'
      );
    },
  },
  'own-silence': {
    section: 'Heartbeats',
    promise: 'gives up what it holds when no heartbeat was confirmed for 15 s (or LEASE_MS), and continues afterwards',
    async run(bench) {
      // Longer than it takes until the node gives up, and than what may pass before it is cut off.
      const job = bench.createJob('silent', 2, { seconds: 26 });
      bench.sendJob(job);
      await bench.waitForAck(job);
      if (bench.finals(job).length > 0) throw new SkippedRule('the scan of silent ports ended at once');
      bench.tap.stall();
      await delay(bench.leaseMs + bench.intervalMs + (bench.patient ? 5_000 : 1_500));
      const resumedAt = Date.now();
      bench.tap.resume();
      // Reports of NODE_LOST that are not confirmed yet may be listed.
      const isOf = ({ subtask_id }: { subtask_id: string }) => subtask_id.startsWith(`${job.task_id}-`);
      await bench.waitFor(
        'a heartbeat that lists nothing of it',
        () =>
          bench.heartbeats().some(({ publish, current_tasks }) => publish.at > resumedAt && !current_tasks.some(isOf)),
        30_000,
      );
      check(!bench.finals(job).some(({ status }) => status === 'COMPLETED'), 'reported a result under the old lease');
      await showThatItWorks(bench);
      const codes = new Set(bench.finals(job).map(({ error_info }) => error_info?.error_code));
      return `holds nothing afterwards; reported ${[...codes].join(', ') || 'nothing'}; continues`;
    },
  },
  'broker-away': {
    section: 'Rules for all messages',
    promise: 'survives an outage of the broker of 30 s: every claim ends in a confirmed report, and the node continues',
    async run(bench) {
      const awayMs = bench.quick ? 3_000 : 30_000;
      const job = bench.createJob('silent', 3, { seconds: 2 });
      bench.sendJob(job);
      await bench.waitForAck(job);
      bench.tap.cut();
      await delay(awayMs);
      bench.tap.restore();
      const finals = await bench.waitForEnd(job, 45_000);
      await showThatItWorks(bench);
      const statuses = new Set(finals.map(({ status, error_info }) => error_info?.error_code ?? status));
      return `away for ${awayMs / 1_000} s; 3 of 3 reported (${[...statuses].join(', ')}); continues`;
    },
  },
  'waits-for-repeated': {
    section: 'Control',
    promise: 'begins nothing after a lost connection until repeated says that it has missed nothing',
    async run(bench) {
      const before = bench.tap.connections;
      const job = bench.createJob('open', 1);
      // All that is repeated began before the node listened again.
      bench.withinMs = LONG_MS;
      bench.tap.cut();
      // Delivered to the one that takes it first.
      bench.sendJob(job);
      bench.tap.restore();
      await bench.waitFor('the node connects again', () => bench.tap.connections > before, 30_000);
      await bench.waitFor('a heartbeat', () => bench.heartbeat()!.publish.connection > before, 30_000);
      await bench.settle(1_500);
      check(bench.updates(job.task_id).length === 0, 'claimed a job before repeated');
      const askedAt = Date.now();
      bench.withinMs = 0;
      await bench.waitForEnd(job);
      return `no claim for 1.5 s; done ${((Date.now() - askedAt) / 1_000).toFixed(1)} s after repeated`;
    },
  },
  'waits-at-start': {
    section: 'Control',
    promise: 'begins nothing after its start before its first repeated',
    async run(bench) {
      const job = bench.createJob('open', 1);
      await bench.node.kill();
      bench.repeats = false;
      bench.sendJob(job);
      await bench.startNode();
      await bench.settle(1_500);
      check(bench.updates(job.task_id).length === 0, 'claimed a job before repeated');
      const askedAt = Date.now();
      bench.repeats = true;
      await bench.waitForEnd(job);
      return `no claim for 1.5 s; done ${((Date.now() - askedAt) / 1_000).toFixed(1)} s after repeated`;
    },
  },
  'stale-repeats': {
    section: 'Control',
    promise: 'lets running scans end when repeated no longer comes, begins nothing from 2 s on, and continues with it',
    async run(bench) {
      const toleranceMs = bench.patient ? 5_000 : 1_000;
      const job = bench.createJob('silent', 6, { seconds: bench.patient ? 15 : 6 });
      const listBegun = () => bench.updates(job.task_id).filter(({ status }) => status !== 'ASSIGNED');
      bench.sendJob(job);
      await bench.waitFor('the scans begin', () => listBegun().length >= CAPACITY);
      bench.repeats = false;
      const running = new Set(listBegun().map(({ subtask_id }) => subtask_id));
      const from = Date.now() + KNOWN_FOR_MS + toleranceMs;
      const isOfRunning = ({ subtask_id }: { subtask_id: string }) => running.has(subtask_id);
      const ends = await bench.waitFor('the running scans end', () => {
        const finals = bench.finals(job).filter(isOfRunning);
        return finals.length >= running.size && finals;
      });
      if (Date.now() < from) throw new SkippedRule('the scan of silent ports ended at once');
      check(!ends.some(({ status }) => status !== 'COMPLETED'), 'aborted a running scan');
      const next = bench.createJob('open', 1);
      bench.sendJob(next);
      await bench.settle(1_500);
      check(!listBegun().some((each) => !isOfRunning(each) && each.publish.at > from), 'began a scan that waited');
      check(bench.updates(next.task_id).length === 0, 'claimed a job');
      bench.repeats = true;
      await bench.waitForEnd(next, 40_000);
      await bench.waitForEnd(job, 40_000);
      return `${running.size} ended, ${6 - running.size} waited; all ended after repeated`;
    },
  },
  killed: {
    section: 'Heartbeats',
    promise: 'is another process after kill -9 and restart (a new instance_id), and continues',
    async run(bench) {
      const { instance_id } = bench.heartbeat()!;
      const job = bench.createJob('silent', 2, { seconds: 4 });
      bench.sendJob(job);
      await bench.waitForClaim(job);
      await bench.node.kill();
      const former = bench.updates(job.task_id).map(({ lease_id }) => lease_id);
      const next = await bench.startNode();
      check(next.instance_id && next.instance_id !== instance_id, `instance_id is ${next.instance_id} as before`);
      const newer = { ...job, subtasks: job.subtasks.map((subtask) => ({ ...subtask, attempt: 2 })) };
      bench.sendJob(newer);
      const finals = await bench.waitForEnd(newer);
      check(!finals.some(({ lease_id }) => former.includes(lease_id)), 'uses a lease of its former process');
      return `instance_id ${instance_id} became ${next.instance_id}; the next attempt done`;
    },
  },
} satisfies Rules;
