import type { Job } from '@cyberstroll/contracts';
import { check, SkippedRule } from '../broken-rule';
import { type Rules, showThatItWorks } from '../rule';
import { checkErrorCode } from './check-error-code';
import { findFaults } from './envelope-faults';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** An address for documentation, which nobody has; a text that is no address; another spelling of one in the scope. */
const OUTSIDE = ['192.0.2.1', 'host.example', '::ffff:127.0.0.1'];

/** Each makes a job unreadable, though its subtasks can be named. */
const UNREADABLE_FIELDS: readonly Record<string, unknown>[] = [
  { scan: { ports: '000022', method: 'connect' } },
  { scan: { ports: '+22', method: 'connect' } },
  { exclude_target: null },
  { exclude_ports: null },
  { avoid_node: ['node-1'] },
  { job_id: 1 },
];

const again = (job: Job, attempt: number): Job => ({
  ...job,
  subtasks: job.subtasks.map((subtask) => ({ ...subtask, attempt })),
});

export const JOBS = {
  scans: {
    section: 'Jobs',
    promise: 'scans what it is sent, finds what is open, and ignores fields that it does not know',
    async run(bench) {
      const { openPort } = bench.hosts;
      const job = { ...bench.createJob('open', 3), of_a_later_version: { ports: '1' } };
      bench.sendJob(job, { traceparent: TRACEPARENT });
      for (const { status, scan_result } of await bench.waitForEnd(job)) {
        const found = JSON.stringify(scan_result?.open_ports ?? []);
        check(status === 'COMPLETED' && found === `[${openPort}]`, `${status} ${found}, open is ${openPort}`);
      }
      for (const { publish } of bench.updates(job.task_id)) {
        const faults = findFaults(bench, publish.body);
        check(!faults, `the server refuses an envelope of it: ${faults}`);
      }
      return `3 hosts COMPLETED, port ${openPort} open on each`;
    },
  },
  'claims-before-ack': {
    section: 'Jobs',
    promise: 'acks a job when an update of each subtask is confirmed, not before, and not at the end of the scans',
    async run(bench) {
      const job = bench.createJob('silent', 3, { seconds: bench.patient ? 12 : 4 });
      bench.sendJob(job);
      await bench.waitForAck(job);
      const [delivery] = bench.deliveries(job);
      const ack = delivery!.settled!;
      for (const { subtask_id } of job.subtasks) {
        const claim = bench.updates(job.task_id).find((update) => update.subtask_id === subtask_id);
        check(claim && claim.publish.confirmed! < ack.order, 'acked before an update of each subtask was confirmed');
      }
      await bench.waitForEnd(job);
      const [end] = bench.finals(job);
      if (end!.publish.at - delivery!.at < 1_000) throw new SkippedRule('the scan of silent ports took no second');
      check(ack.at < end!.publish.at, 'acked at the end of the scans');
      return (
        `acked ${ack.at - delivery!.at} ms after the delivery, first result after ` +
        `${end!.publish.at - delivery!.at} ms`
      );
    },
  },
  'lists-what-it-holds': {
    section: 'Heartbeats',
    promise: 'lists in its heartbeats all that it holds, and nothing else',
    async run(bench) {
      const job = bench.createJob('silent', 6, { seconds: 2 });
      bench.sendJob(job);
      await bench.waitForClaim(job);
      const { current_tasks, publish } = await bench.nextHeartbeat();
      const listed = new Set(current_tasks.map(({ subtask_id }) => subtask_id));
      // What ended meanwhile need not be listed.
      const ended = new Set(
        bench.finals(job).flatMap((update) => (update.publish.at <= publish.at + 200 ? update.subtask_id : [])),
      );
      const missing = job.subtasks.filter(({ subtask_id }) => !listed.has(subtask_id) && !ended.has(subtask_id));
      check(missing.length === 0, `${missing.length} of 6 claimed subtasks are missing in a heartbeat`);
      await bench.waitForEnd(job);
      await bench.nextHeartbeat();
      const left = (await bench.nextHeartbeat()).current_tasks.length;
      check(left === 0, `${left} are listed after all have ended`);
      return `${listed.size} listed while claimed, 0 afterwards`;
    },
  },
  'whole-job': {
    section: 'Jobs',
    promise: 'does a job of 500 subtasks, in envelopes of at most 500 updates',
    async run(bench) {
      const job = bench.createJob('closed', 500);
      bench.sendJob(job);
      const finals = await bench.waitForEnd(job, 40_000);
      const envelopes = new Set(finals.map(({ publish }) => publish)).size;
      return `500 results in ${envelopes} envelopes`;
    },
  },
  'repeated-job': {
    section: 'Jobs',
    promise: 'reports a job that comes again after its end under the lease that it had, and does not scan again',
    async run(bench) {
      const job = bench.createJob('open', 2);
      bench.sendJob(job);
      await bench.waitForEnd(job);
      const visits = job.subtasks.map(({ ip }) => bench.hosts.countVisits(ip));
      const before = bench.updates(job.task_id).length;
      bench.sendJob(job);
      await bench.waitForAck(job, 2);
      const repeats = await bench.waitFor('a report of each subtask', () => {
        const since = bench.updates(job.task_id).slice(before);
        return new Set(since.map(({ subtask_id }) => subtask_id)).size === 2 && since;
      });
      await bench.settle(500);
      const visitsNow = job.subtasks.map(({ ip }) => bench.hosts.countVisits(ip));
      check(String(visitsNow) === String(visits), 'the hosts were scanned again');
      const leases = new Set(bench.updates(job.task_id).map(({ lease_id }) => lease_id));
      check(leases.size === 2, `${leases.size} leases for 2 subtasks`);
      return `${repeats.length} reports again, no visit to the hosts`;
    },
  },
  'redelivered-job': {
    section: 'Jobs',
    promise: 'continues with what it holds when a job is delivered again after a lost connection, under the same lease',
    async run(bench) {
      const job = bench.createJob('silent', 2, { seconds: 4 });
      bench.tap.losesAcks = true;
      bench.sendJob(job);
      await bench.waitForClaim(job);
      bench.tap.cut();
      bench.tap.losesAcks = false;
      bench.tap.restore();
      await bench.waitFor(
        'the job is delivered again',
        () => bench.deliveries(job).some((each) => each.redelivered),
        30_000,
      );
      await bench.waitForEnd(job, 30_000);
      await bench.waitForAck(job);
      const leases = new Set(bench.updates(job.task_id).map(({ lease_id }) => lease_id));
      check(leases.size === 2, `${leases.size} leases for 2 subtasks: claimed again`);
      return 'redelivered, one lease per subtask';
    },
  },
  'newer-attempt': {
    section: 'Jobs',
    promise: 'gives up an attempt for a newer one, without an update of the old one',
    async run(bench) {
      const job = bench.createJob('silent', 1, { seconds: bench.patient ? 15 : 5 });
      bench.sendJob(job);
      await bench.waitForClaim(job);
      const newer = { ...again(job, 2), scan: { ...job.scan, ports: String(bench.hosts.closedPort) } };
      bench.sendJob(newer);
      await bench.waitForEnd(newer);
      await bench.settle(1_500);
      const late = bench.finals(job).find((update) => update.status === 'COMPLETED');
      check(!late, 'reported the old attempt as COMPLETED');
      return 'attempt 2 claimed and ended, attempt 1 silent';
    },
  },
  'older-attempt': {
    section: 'Jobs',
    promise: 'acks a job of an older attempt and claims nothing of it',
    async run(bench) {
      const job = again(bench.createJob('open', 1), 2);
      bench.sendJob(job);
      await bench.waitForEnd(job);
      bench.sendJob(again(job, 1));
      await bench.waitForAck(job, 2);
      await bench.settle(500);
      const old = bench.updates(job.task_id).filter(({ attempt }) => attempt === 1);
      check(old.length === 0, 'claimed the older attempt');
      return 'acked, no update of attempt 1';
    },
  },
  avoids: {
    section: 'Jobs',
    promise:
      'returns a job that names it in avoid_node to the queue, and takes it in the end (it may ignore the field)',
    async run(bench) {
      const job = bench.createJob('open', 1, { avoid_node: bench.nodeId });
      bench.sendJob(job);
      await bench.waitForEnd(job);
      const returns = bench.deliveries(job).filter(({ settled }) => settled?.how === 'requeue').length;
      if (returns === 0) throw new SkippedRule('taken at once: avoid_node is ignored, as it may be');
      return `returned ${returns} times, then taken`;
    },
  },
  'other-method': {
    section: 'Jobs',
    promise:
      'never scans by another method than the job asks for: what it does not do, it hands back, METHOD_UNSUPPORTED',
    async run(bench) {
      // The real methods may be among its own.
      const job = bench.createJob('open', 2, {
        scan: { ports: String(bench.hosts.openPort), method: 'conformance-only' },
      });
      const visits = () => job.subtasks.map(({ ip }) => bench.hosts.countVisits(ip)).join();
      const before = visits();
      bench.sendJob(job);
      const finals = await bench.waitForEnd(job);
      check(visits() === before, 'scanned by a method that it cannot know');
      checkErrorCode(finals, 'FAILED', 'METHOD_UNSUPPORTED');
      await bench.waitForAck(job);
      const returns = bench.deliveries(job).filter(({ settled }) => settled?.how === 'requeue').length;
      return `returned ${returns} times, then handed back`;
    },
  },
  'excluded-address': {
    section: 'Jobs',
    promise: 'never scans what exclude_target names, in any form: FAILED with OUT_OF_SCOPE',
    async run(bench) {
      const [single, network, range, free] = bench.hosts.open as [string, string, string, string];
      const exclude_target = `${single}, ${network}/32 ${range}-${range.split('.')[3]}, 10.0.9.7/24, 2001:db8::/32`;
      const job = bench.createJob('open', 4, { exclude_target });
      const visits = () => [single, network, range].map((ip) => bench.hosts.countVisits(ip)).join();
      const before = visits();
      bench.sendJob(job);
      const finals = await bench.waitForEnd(job);
      check(visits() === before, 'scanned an excluded address');
      checkErrorCode(
        finals.filter(({ ip }) => ip !== free),
        'FAILED',
        'OUT_OF_SCOPE',
      );
      const other = finals.find(({ subtask_id }) => subtask_id === job.subtasks[3]!.subtask_id);
      check(other?.status === 'COMPLETED', `the address that is not excluded is ${other?.status}`);
      return '3 forms refused, the fourth address scanned';
    },
  },
  'own-scope': {
    section: 'Jobs',
    promise: 'never scans what is outside its own scope (SCAN_SCOPE): FAILED with OUT_OF_SCOPE',
    async run(bench) {
      const job = bench.createJob('open', OUTSIDE.length + 1);
      for (const [i, ip] of OUTSIDE.entries()) job.subtasks[i]!.ip = ip;
      bench.sendJob(job);
      const finals = await bench.waitForEnd(job);
      const inside = job.subtasks.at(-1)!.subtask_id;
      checkErrorCode(
        finals.filter(({ subtask_id }) => subtask_id !== inside),
        'FAILED',
        'OUT_OF_SCOPE',
      );
      const other = finals.find(({ subtask_id }) => subtask_id === inside);
      check(other?.status === 'COMPLETED', `the address inside of the scope is ${other?.status}`);
      return `${OUTSIDE.join(', ')} refused`;
    },
  },
  'unreadable-exclusion': {
    section: 'Jobs',
    promise: 'scans nothing of a job whose exclude_target it cannot read: FAILED with INVALID_JOB',
    async run(bench) {
      const job = bench.createJob('open', 2, { exclude_target: '10.0.0.1, everything-of-ours' });
      const visits = () => job.subtasks.map(({ ip }) => bench.hosts.countVisits(ip)).join();
      const before = visits();
      bench.sendJob(job);
      const finals = await bench.waitForEnd(job);
      check(visits() === before, 'scanned all the same');
      checkErrorCode(finals, 'FAILED', 'INVALID_JOB');
      await bench.waitForAck(job);
      return '2 subtasks FAILED with INVALID_JOB, acked';
    },
  },
  'unreadable-field': {
    section: 'Jobs',
    promise: 'scans nothing of a job with a field that is null, of another type or not valid: FAILED with INVALID_JOB',
    async run(bench) {
      const jobs = UNREADABLE_FIELDS.map((fields) => ({ ...bench.createJob('open', 1), ...fields }) as Job);
      const visits = () => bench.hosts.countVisits(jobs[0]!.subtasks[0]!.ip);
      const before = visits();
      for (const [i, job] of jobs.entries()) {
        bench.sendJob(job);
        const finals = await bench.waitForEnd(job);
        const wrong = finals.find(({ error_info }) => error_info?.error_code !== 'INVALID_JOB');
        const field = JSON.stringify(UNREADABLE_FIELDS[i]);
        check(!wrong, `${field}: ${wrong?.status} ${wrong?.error_info?.error_code ?? ''}, due is FAILED INVALID_JOB`);
        await bench.waitForAck(job);
      }
      check(visits() === before, 'scanned all the same');
      return `${jobs.length} jobs FAILED with INVALID_JOB, acked`;
    },
  },
  'excluded-port': {
    section: 'Jobs',
    promise: 'never connects to a port that exclude_ports names for an address, and scans its other ports',
    async run(bench) {
      const { openPort } = bench.hosts;
      const [excluded, free] = bench.hosts.open as [string, string];
      const exclude_ports = [{ target: `${excluded}, 10.0.9.0/24`, ports: `1-${openPort}` }];
      const job = bench.createJob('open', 2, { exclude_ports });
      const before = bench.hosts.countVisits(excluded);
      bench.sendJob(job);
      const finals = await bench.waitForEnd(job);
      check(bench.hosts.countVisits(excluded) === before, 'connected to an excluded port');
      const openOf = (ip: string) => {
        const place = job.subtasks.findIndex((subtask) => subtask.ip === ip);
        const final = finals.find(({ subtask_id }) => subtask_id === job.subtasks[place]!.subtask_id);
        check(final?.status === 'COMPLETED', `${ip} is ${final?.status}`);
        return final?.scan_result?.open_ports.join() ?? '';
      };
      check(openOf(excluded) === '' && openOf(free) === String(openPort), 'did not scan the ports that are left');
      return 'one port left out, of one of two addresses';
    },
  },
  'unreadable-job': {
    section: 'Jobs',
    promise: 'rejects a job that it cannot read at all, without requeue, and continues',
    async run(bench) {
      const job = bench.createJob('open', 2);
      const { ip: _, ...withoutIp } = job.subtasks[1]!;
      const jobs = {
        'no JSON': `{"task_id": "no ${Math.random()}`,
        'a subtask without ip': JSON.stringify({ ...job, subtasks: [job.subtasks[0], withoutIp] }),
      };
      const seen: string[] = [];
      for (const [what, text] of Object.entries(jobs)) {
        const sent = Buffer.from(text);
        bench.sendJob(sent);
        const how = await bench.waitFor('the message is settled', () => {
          const delivery = bench.tap.deliveries.find(({ body }) => body.equals(sent));
          return delivery?.settled?.how;
        });
        check(how !== 'requeue', `put it back into the queue: ${what}`);
        seen.push(`${what}: ${how === 'discard' ? 'rejected' : 'acked'}`);
      }
      check(bench.updates(job.task_id).length === 0, 'claimed of a job with a subtask without ip');
      await showThatItWorks(bench);
      return seen.join(', ');
    },
  },
  'subtask-timeout': {
    section: 'Updates',
    promise: 'reports TIMEOUT with SUBTASK_TIMEOUT when a scan has run for subtask_timeout',
    async run(bench) {
      const job = bench.createJob('silent', 1, { seconds: 8, subtask_timeout: 2 });
      bench.sendJob(job);
      const [claim] = await bench.waitForClaim(job);
      const finals = await bench.waitForEnd(job);
      const [final] = finals;
      const took = (final!.publish.at - claim!.publish.at) / 1_000;
      if (took < 1 && final!.status === 'COMPLETED') throw new SkippedRule('the scan of silent ports took no second');
      checkErrorCode(finals, 'TIMEOUT', 'SUBTASK_TIMEOUT');
      check(took < (bench.patient ? 60 : 6), `after ${took.toFixed(1)} s of 2`);
      return `after ${took.toFixed(1)} s of 2`;
    },
  },
} satisfies Rules;
