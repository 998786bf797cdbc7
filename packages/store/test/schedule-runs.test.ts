import { createScheduleRuns } from '../src/schedules/schedule-runs';
import { setup } from './setup';

it('keeps the last runs of a schedule for 400 days, and those for which something is to be done', async () => {
  const { openParts, cleanup } = await setup();
  const { db } = await openParts('runs');
  const runs = createScheduleRuns(db, 3);
  const toTime = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
  const decide = (schedule_id: string, minute: number, run: object = { outcome: 'missed' }) =>
    runs.decide({ schedule_id, planned_time: toTime(minute), decided_time: new Date(), ...run } as never);
  const [one, other] = ['a', 'b'].map((digit) => digit.repeat(24)) as [string, string];
  await decide(other, 0);
  await decide(one, 0, { outcome: 'waiting', todo: 'create' });
  for (const minute of [1, 2, 3, 4, 5]) await decide(one, minute);
  const find = async (id: string) => (await runs.findPage(id, { limit: 10 })).items.map((run) => run.planned_time);
  expect(await find(one)).toEqual([5, 4, 3, 0].map(toTime));
  expect(await find(other)).toEqual([toTime(0)]);
  // MongoDB deletes what has expired.
  const decided_time = toTime(0);
  const { run } = await runs.decide({ schedule_id: other, planned_time: toTime(9), decided_time, outcome: 'missed' });
  expect(run.expires).toEqual(new Date(decided_time.getTime() + 400 * 86_400_000));
  expect(await db.scheduleRuns.indexes()).toContainEqual(
    expect.objectContaining({ key: { expires: 1 }, expireAfterSeconds: 0 }),
  );
  await cleanup();
});
