import { startCli } from '../e2e/run-cli';
import { check } from './checker/check';
import { backUp, restore, startServices } from './rig/backup';
import { MOST_MS, type Rig, startRig } from './rig/rig';

const TOTAL = 1_000;

let rig: Rig;
beforeAll(async () => {
  // Some 200 addresses a second: a task is under way when its backup is made.
  rig = await startRig({
    ownEngines: true,
    replicas: {},
    nodes: 2,
    scanMs: 300,
    serviceEnvironment: { 'retry-scheduler': { RESEND_AFTER_MS: '2000' } },
  });
}, MOST_MS);
afterAll(() => rig?.stop(), MOST_MS);

it(
  'a backup that was made under load is restored beside empty queues and caches: the task ends, and nothing is wrong',
  async () => {
    const { task_id, watch } = await rig.begin({ task_target: '127.88.0.0-127.88.3.231' });
    await watch.waitFor(({ counts }) => counts.completed_count >= 100);
    await backUp(rig);
    const most = await rig.database.countClosed([task_id]);
    const later = await rig.api.createTask({ task_target: '127.88.9.9' });
    await watch.waitFor(({ counts }) => counts.completed_count > most);

    await restore(rig);
    const restored = await rig.database.countClosed([task_id]);
    expect(restored).toBeGreaterThanOrEqual(100);
    expect(restored).toBeLessThanOrEqual(most);
    const held = (await rig.database.dump(task_id)).subTasks.filter(({ lease_id, deadline }) => lease_id && deadline);
    await startServices(rig);

    expect(check(await rig.collect())).toMatchObject({ violations: [], lost: 0, double_counted: 0 });
    const { progress } = await rig.api.getTask(task_id);
    expect(progress).toMatchObject({ total_targets: TOTAL, completed_count: TOTAL });
    // What nodes held at the time of the backup was given up, and cost no retry.
    const { subTasks } = await rig.database.dump(task_id);
    const after = new Map(subTasks.map((each) => [each.subtask_id, each]));
    for (const { subtask_id, attempt } of held) expect(after.get(subtask_id)!.attempt).toBe(attempt + 1);
    expect(subTasks.filter(({ retry_count }) => retry_count > 0)).toEqual([]);
    // What came after the backup is gone.
    expect((await rig.api.call('GET', `/api/tasks/${later.task_id}`)).status).toBe(404);
    const doctor = await startCli(['doctor'], rig.dir).ended;
    expect(doctor).toMatchObject({ code: 0 });
  },
  MOST_MS,
);
