import type { Job } from '@cyberstroll/contracts';
import { type Bench, CAPACITY } from '../bench/bench';
import { check, SkippedRule } from '../broken-rule';
import { type Rules, showThatItWorks } from '../rule';

const listed = async (bench: Bench, taskId: string) => {
  const { current_tasks } = await bench.nextHeartbeat();
  return current_tasks.filter(({ subtask_id }) => subtask_id.startsWith(`${taskId}-`)).length;
};

type Sub = Job['subtasks'][number];

/** A task that the node has nothing of: a message may name many. */
const OTHER = 'e'.repeat(24);

export const CONTROL = {
  'paused-job': {
    section: 'Control',
    promise: 'acks the jobs of a paused task without a claim',
    async run(bench) {
      const job = bench.createJob('open', 2);
      const visits = job.subtasks.map(({ ip }) => bench.hosts.countVisits(ip)).join();
      await bench.controlNode({ task_ids: [OTHER, job.task_id], state: 'paused' }, 300);
      bench.sendJob(job);
      await bench.waitForAck(job);
      await bench.settle(500);
      check(bench.updates(job.task_id).length === 0, 'claimed');
      check(job.subtasks.map(({ ip }) => bench.hosts.countVisits(ip)).join() === visits, 'scanned');
      await bench.controlNode({ task_ids: [OTHER, job.task_id], state: 'running' }, 300);
      bench.sendJob(job);
      await bench.waitForEnd(job);
      return 'acked without a claim; done after running';
    },
  },
  'paused-claims': {
    section: 'Control',
    promise:
      'starts nothing of a paused task, lets running scans end, takes other tasks meanwhile, continues on running',
    async run(bench) {
      const seconds = bench.patient ? 8 : 2;
      const job = bench.createJob('silent', 6, { seconds });
      bench.sendJob(job);
      await bench.waitForClaim(job);
      bench.sendControl({ task_ids: [OTHER, job.task_id], state: 'paused' });
      await bench.waitFor('the running scans end', () => bench.finals(job).length >= CAPACITY);
      await bench.settle(seconds * 1_000 + 600);
      const ended = bench.finals(job).length;
      if (ended === 6 && bench.updates(job.task_id).every(({ status }) => status !== 'ASSIGNED')) {
        throw new SkippedRule('all six were started before the pause');
      }
      check(ended < 6, 'started what waited');
      await showThatItWorks(bench);
      bench.sendControl({ task_ids: [OTHER, job.task_id], state: 'running' });
      await bench.waitForEnd(job);
      return `${ended} ended and ${6 - ended} waited; another task was done meanwhile; all ended after running`;
    },
  },
  ended: {
    section: 'Control',
    promise: 'aborts the scans of an ended task, drops what waits, and acks its jobs without a claim',
    async run(bench) {
      const job = bench.createJob('silent', 6, { seconds: 5 });
      bench.sendJob(job);
      await bench.waitForClaim(job);
      await bench.controlNode({ task_ids: [OTHER, job.task_id], state: 'ended' }, 500);
      const left = await listed(bench, job.task_id);
      check(left === 0, `still holds ${left} of it`);
      const count = bench.updates(job.task_id).length;
      bench.sendJob({ ...job, subtasks: job.subtasks.map((subtask) => ({ ...subtask, attempt: 2 })) });
      await bench.waitForAck(job, 2);
      await bench.settle(500);
      check(bench.updates(job.task_id).length === count, 'claimed a job of it');
      await showThatItWorks(bench);
      return 'holds nothing of it at the next heartbeat; its next job acked without a claim';
    },
  },
  'running-lifts-ended': {
    section: 'Control',
    promise: 'takes the jobs of an ended task again after running',
    async run(bench) {
      const job = bench.createJob('open', 1);
      await bench.controlNode({ task_ids: [OTHER, job.task_id], state: 'ended' }, 200);
      await bench.controlNode({ task_ids: [OTHER, job.task_id], state: 'running' }, 200);
      bench.sendJob(job);
      await bench.waitForEnd(job);
      return 'claimed and done';
    },
  },
  'lost-lease': {
    section: 'Control',
    promise: 'aborts what it runs under a lost lease, reports nothing as done under it, and continues with the rest',
    async run(bench) {
      const job = bench.createJob('silent', 2, { seconds: bench.patient ? 12 : 4 });
      const [lost, kept] = job.subtasks as [(typeof job.subtasks)[0], (typeof job.subtasks)[0]];
      bench.sendJob(job);
      const claims = await bench.waitForClaim(job);
      const { lease_id } = claims.find(({ subtask_id }) => subtask_id === lost.subtask_id)!;
      bench.sendControl({ state: 'lost', lease_ids: [lease_id!, 'of-another-node'] });
      await bench.waitFor('the other scan ends', () =>
        bench.finals(job).some(({ subtask_id }) => subtask_id === kept.subtask_id),
      );
      await bench.settle(1_000);
      check(
        !bench.finals(job).some((update) => update.lease_id === lease_id && update.status === 'COMPLETED'),
        'reported it',
      );
      check((await listed(bench, job.task_id)) === 0, 'still holds it');
      return 'one given up, the other done';
    },
  },
  'excluded-now': {
    section: 'Control',
    promise:
      'aborts what is excluded now, drops what waits, claims none of it, without a report, and hands back the scan of ' +
      'a port that is excluded now',
    async run(bench) {
      const job = bench.createJob('silent', 6, { seconds: bench.patient ? 12 : 5 });
      const [first, waits, port] = [0, 5, 1].map((place) => job.subtasks[place]!) as [Sub, Sub, Sub];
      bench.sendJob(job);
      await bench.waitForClaim(job);
      await bench.waitFor('the scans start', () =>
        bench.updates(job.task_id).some(({ subtask_id, status }) => {
          return subtask_id === port.subtask_id && status === 'SCANNING';
        }),
      );
      bench.sendControl({
        state: 'excluded',
        exclude_target: `${first.ip}, ${waits.ip}`,
        exclude_ports: [{ target: port.ip, ports: String(bench.hosts.silentPorts[0]) }],
      });
      const finalOf = ({ subtask_id }: Sub) => bench.finals(job).find((update) => update.subtask_id === subtask_id);
      const code = await bench.waitFor('the scan of an excluded port is handed back', () => finalOf(port));
      check(code.error_info?.error_code === 'NODE_DRAINING', 'did not hand back the scan of an excluded port');
      // A job that was sent before the message.
      const late = { ...bench.createJob('silent', 1), subtasks: [{ ...first, attempt: 2 }] };
      late.subtasks[0]!.subtask_id = `${late.task_id}-0`;
      bench.sendJob(late);
      await bench.waitForAck(late);
      await bench.waitFor('the other scans end', () => bench.finals(job).length >= 4);
      await bench.settle(500);
      check(bench.updates(late.task_id).length === 0, 'claimed an address that is excluded now');
      check(!finalOf(first) && !finalOf(waits), 'reported an address that is excluded now');
      await bench.controlNode({ state: 'excluded' }, 300);
      bench.sendJob(late);
      await bench.waitForEnd(late);
      return 'two given up, one handed back, one not claimed; claimed once it is no longer excluded';
    },
  },
  'unknown-control': {
    section: 'Control',
    promise: 'ignores a control message whose state it does not know',
    async run(bench) {
      const { instance_id } = bench.heartbeat()!;
      bench.sendControl({ state: 'of_a_later_version', task_ids: ['a'.repeat(24)], more: [1] });
      await showThatItWorks(bench);
      check((await bench.nextHeartbeat()).instance_id === instance_id, 'another process');
      return 'continues';
    },
  },
} satisfies Rules;
