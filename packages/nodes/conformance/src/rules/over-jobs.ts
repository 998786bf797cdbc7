/** Jobs that may no longer begin. */
import type { Job } from '@cyberstroll/contracts';
import { type Bench, CAPACITY } from '../bench/bench';
import { check, SkippedRule } from '../broken-rule';
import type { Rules } from '../rule';
import { checkErrorCode } from './check-error-code';

/** What becomes of a job that is over while it runs, and of further jobs with these fields. */
async function checkOver(
  bench: Bench,
  {
    from: since,
    fields,
    end,
    over,
    timely: still,
  }: {
    /** What the job is over by, for the reader. */
    from: string;
    fields: Partial<Job>;
    /** From here on it is over. */
    end: () => void;
    over: readonly Partial<Job>[];
    timely: Partial<Job>;
  },
): Promise<string> {
  const job = bench.createJob('silent', 6, { seconds: bench.patient ? 12 : 4, ...fields });
  const listBegun = () => bench.updates(job.task_id).filter(({ status }) => status === 'SCANNING');
  bench.sendJob(job);
  await bench.waitForClaim(job);
  await bench.waitFor('the scans begin', () => listBegun().length >= CAPACITY);
  end();
  const from = Date.now() + (bench.patient ? 5_000 : 1_500);
  const finals = await bench.waitForEnd(job, 25_000);
  check(!listBegun().some(({ publish }) => publish.at > from), `began a scan after ${since}`);
  const held = finals.filter(({ status }) => status !== 'COMPLETED');
  checkErrorCode(held, 'FAILED', 'TASK_HELD');
  if (held.length === 0) throw new SkippedRule(`all six were started before ${since}`);
  const late = over.map((each) => bench.createJob('open', 1, each));
  const { ip } = late[0]!.subtasks[0]!;
  const visits = bench.hosts.countVisits(ip);
  for (const each of late) {
    bench.sendJob(each);
    await bench.waitForAck(each);
  }
  const timely = bench.createJob('open', 1, still);
  bench.sendJob(timely);
  await bench.waitForEnd(timely);
  for (const { task_id } of late) check(bench.updates(task_id).length === 0, `claimed a job after ${since}`);
  check(bench.hosts.countVisits(ip) === visits + 1, `scanned a job after ${since}`);
  return `${held.length} of 6 handed back, ${6 - held.length} ended, further jobs acked without a claim`;
}

export const OVER_JOBS = {
  'not-after': {
    section: 'Jobs',
    promise:
      'begins nothing of a job from its not_after on, by the clock of the server: TASK_HELD, or an ack unclaimed',
    async run(bench) {
      const inMs = 600_000;
      const not_after = bench.serverNow() + inMs;
      return checkOver(bench, {
        from: 'not_after',
        fields: { not_after },
        // The next message says so, long before the clock of the node does.
        end() {
          bench.clockAheadMs += inMs;
        },
        over: [{ not_after }],
        timely: { not_after: not_after + inMs },
      });
    },
  },
  'old-job': {
    section: 'Jobs',
    promise: 'begins nothing of a job from before jobs_since: TASK_HELD, or an ack unclaimed',
    async run(bench) {
      const rules_time = bench.serverNow();
      try {
        return await checkOver(bench, {
          from: 'jobs_since',
          fields: { rules_time },
          end() {
            bench.jobsSince = rules_time + 1;
          },
          over: [{ rules_time }, {}],
          timely: { rules_time: rules_time + 1 },
        });
      } finally {
        bench.jobsSince = undefined;
      }
    },
  },
} as const satisfies Rules;
