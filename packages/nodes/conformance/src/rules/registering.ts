import { sentHeartbeatSchema } from '@cyberstroll/contracts';
import { CAPACITY, JOB_QUEUE, type SeenHeartbeat } from '../bench/bench';
import { describeRefusals } from '../bench/broker-refusal';
import { check } from '../broken-rule';
import type { Rules } from '../rule';

export const REGISTERING = {
  registers: {
    section: 'Heartbeats',
    promise: 'sends a first heartbeat within 20 s of its start, under the name that it was given',
    async run(bench) {
      const { publish, node_id } = await bench.startNode();
      check(node_id === bench.nodeId, `node_id is ${node_id}, NODE_ID was ${bench.nodeId}`);
      return `${((publish.at - bench.node.startedAt) / 1_000).toFixed(1)} s after the start`;
    },
  },
  'heartbeat-fields': {
    section: 'Heartbeats',
    promise: 'says in its heartbeats all that the contract asks for: process, capacity, pools, version of the contract',
    run(bench) {
      const { publish } = bench.heartbeat()!;
      const heartbeat = JSON.parse(publish.body.toString()) as Record<string, unknown>;
      check(sentHeartbeatSchema.safeParse(heartbeat).success, 'the heartbeat is not valid');
      check(heartbeat['instance_id'], 'no instance_id: its restart could not be seen');
      check(heartbeat['capacity'] === CAPACITY, `capacity is ${heartbeat['capacity']}, CAPACITY was ${CAPACITY}`);
      check(JSON.stringify(heartbeat['pools']) === '["conformance"]', 'pools is not what POOLS was');
      const skew = Math.abs(Number(heartbeat['timestamp']) - publish.at);
      check(skew < 60_000, `timestamp is ${heartbeat['timestamp']}: not milliseconds since 1970`);
      return `instance_id ${heartbeat['instance_id']}, contract ${heartbeat['contract'] ?? 1}`;
    },
  },
  'heartbeat-rhythm': {
    section: 'Heartbeats',
    promise: 'sends a heartbeat every 5 s (or HEARTBEAT_INTERVAL_MS), of the same process',
    async run(bench) {
      const first = bench.heartbeats().length - 1;
      const limit = 2 * bench.intervalMs + 1_000;
      const toGaps = (of: readonly SeenHeartbeat[]) =>
        of.slice(1).map(({ publish }, i) => publish.at - of[i]!.publish.at);
      // Who was kept waiting by the machine finds its rhythm again.
      const findRhythm = (since: readonly SeenHeartbeat[]) =>
        since
          .map((_, i) => since.slice(i, i + 3))
          .find((three) => three.length === 3 && toGaps(three).every((gap) => gap <= limit));
      const heartbeats = await bench.waitFor(
        `three heartbeats in their rhythm, each at most ${limit} ms after the one before`,
        () => findRhythm(bench.heartbeats().slice(first)),
        2 * limit,
      );
      const gaps = toGaps(heartbeats);
      check(new Set(heartbeats.map(({ instance_id }) => instance_id)).size === 1, 'instance_id changes');
      return `gaps of ${gaps.join(' and ')} ms`;
    },
  },
  'pool-queue': {
    section: 'Exchanges and queues',
    promise: 'consumes the queue of its pool, and holds two of its jobs unclaimed at most',
    async run(bench) {
      // It gets a job only if it consumes, and is refused if it declares the queue with other arguments.
      const full = bench.createJob('silent', CAPACITY, { seconds: bench.patient ? 8 : 2 });
      bench.sendJob(full);
      await bench.waitForAck(full);
      const jobs = Array.from({ length: 6 }, () => bench.createJob('closed', 1));
      for (const job of jobs) bench.sendJob(job);
      await bench.settle(500);
      const unclaimed = jobs.flatMap((job) => bench.deliveries(job)).filter(({ settled }) => !settled).length;
      check(unclaimed <= 2, `${unclaimed} jobs wait unclaimed with the full node, where no other node can take them`);
      for (const job of [full, ...jobs]) await bench.waitForEnd(job);
      return `7 jobs done; ${unclaimed} waited with the full node, the others in ${JOB_QUEUE.name}`;
    },
    findRefusal: ({ tap }) =>
      describeRefusals(tap.refusals.filter(({ method }) => /^(?:queue\.|basic\.consume$)/.test(method))),
  },
  'amqp-heartbeat': {
    section: 'Rules for all messages',
    promise: 'connects with an AMQP heartbeat of at most 10 s',
    run(bench) {
      const seconds = bench.tap.amqpHeartbeats;
      const wrong = seconds.find((each) => each === 0 || each > 10);
      check(wrong === undefined, `${wrong} s`);
      return `${[...new Set(seconds)].join(', ')} s`;
    },
  },
} satisfies Rules;
