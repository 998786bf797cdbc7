import { check } from '../broken-rule';
import type { Rules } from '../rule';

const EXIT_SLACK_MS = 12_000;

export const STOPPING = {
  superseded: {
    section: 'Control',
    promise: 'stops when another process was there first under its node_id, and ends with an error',
    async run(bench) {
      const { instance_id } = bench.heartbeat()!;
      bench.sendControl({ state: 'superseded', node_id: 'another-node', instance_id });
      bench.sendControl({ state: 'superseded', node_id: bench.nodeId, instance_id: 'another-process' });
      await bench.nextHeartbeat();
      check(!bench.node.hasEnded, 'stopped for the sake of another node or process');
      bench.sendControl({ state: 'superseded', node_id: bench.nodeId, instance_id });
      await bench.waitFor('it ends', () => bench.node.hasEnded, bench.drainMs + EXIT_SLACK_MS);
      const code = await bench.node.ended;
      check(code !== 0, 'exit code 0');
      await bench.startNode();
      return `exit code ${code}`;
    },
  },
  drain: {
    section: 'Stopping',
    promise: 'on SIGTERM hands back with NODE_DRAINING or finishes what it holds, says offline, and exits with 0',
    async run(bench) {
      const job = bench.createJob('silent', 6, { seconds: 15 });
      bench.sendJob(job);
      await bench.waitForAck(job);
      const began = Date.now();
      bench.node.signal('SIGTERM');
      await bench.waitFor('it ends', () => bench.node.hasEnded, bench.drainMs + EXIT_SLACK_MS);
      const seconds = ((Date.now() - began) / 1_000).toFixed(1);
      const code = await bench.node.ended;
      check(code === 0, `exit code ${code}`);
      const finals = await bench.waitForEnd(job, 1_000);
      const others = finals.filter(
        ({ status, error_info }) => status !== 'COMPLETED' && error_info?.error_code !== 'NODE_DRAINING',
      );
      check(others.length === 0, `${others[0]?.error_info?.error_code} instead of NODE_DRAINING`);
      // It closes its connection after that: nothing need confirm it.
      const last = bench.heartbeats({ unconfirmed: true }).at(-1)!;
      check(last.status === 'offline', `the last heartbeat says ${last.status}`);
      const returned = finals.filter(({ status }) => status !== 'COMPLETED').length;
      return `${returned} of 6 handed back, offline, exit code 0 after ${seconds} s`;
    },
  },
} satisfies Rules;
