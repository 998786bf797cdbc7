import { eventually } from '@cyberstroll/testkit';
import { type Rig, startRig } from './rig/rig';

const NODES = 4;
const CAPACITY = 600;
/** So long that all that the fleet has room for is under way before the first of it ends. */
const SCAN_MS = 5_000;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ nodes: NODES, scanMs: SCAN_MS, capacity: CAPACITY });
}, 120_000);
afterAll(() => rig?.stop(), 60_000);

it('F28: cancel, pause and time-out race with completions, two thousand under way', async () => {
  // More each than the fleet takes at once, so that none is over by then.
  const toTarget = (i: number) => `127.${121 + i}.0.0-127.${121 + i}.11.183`;
  const [cancelled, paused, late] = await Promise.all([
    rig.begin({ task_target: toTarget(1) }),
    rig.begin({ task_target: toTarget(2) }),
    rig.begin({ task_target: toTarget(3), config: { timeout: SCAN_MS / 1_000, max_retries: 0 } }),
  ]);
  await eventually(
    async () => {
      const tasks = await Promise.all([cancelled, paused, late].map(({ task_id }) => rig.api.getTask(task_id)));
      const underWay = tasks.reduce((sum, { progress }) => sum + progress.assigned_count + progress.scanning_count, 0);
      expect(underWay).toBeGreaterThanOrEqual(2_000);
    },
    { timeoutMs: 30_000 },
  );
  await Promise.all([cancelled, paused].map(({ watch }) => watch.waitFor(({ counts }) => counts.completed_count > 0)));
  const commands = [rig.api.command(cancelled.task_id, 'cancel'), rig.api.command(paused.task_id, 'pause')];
  expect((await Promise.all(commands)).map(({ status }) => status)).toEqual([200, 200]);
  // What had begun runs to its end; what a node has taken and not begun waits with it.
  await paused.watch.waitFor(({ counts, status }) => status === 'PAUSED' && counts.scanning_count === 0, 30_000);
  await rig.api.command(paused.task_id, 'resume');
  const { violations, lost, double_counted } = await rig.judge(60_000);
  // How soon an end is told while two thousand come at once is not what this is about.
  const others = violations.filter(({ invariant }) => invariant !== 'I10');
  expect({ others, lost, double_counted }).toEqual({ others: [], lost: 0, double_counted: 0 });
  expect((await rig.api.getTask(cancelled.task_id)).status).toBe('CANCELLED');
  expect((await rig.api.getTask(late.task_id)).status).toBe('TIMEOUT');
  expect((await rig.api.getTask(paused.task_id)).progress).toMatchObject({ completed_count: 3_000 });

  const { task, subTasks } = await rig.database.dump(paused.task_id);
  const pausedAt = task.status_history.find(({ status }) => status === 'PAUSED')!.timestamp.getTime();
  const resumedAt = task.resumed_time!.getTime();
  const claims = subTasks.flatMap(({ status_history }) =>
    status_history.filter(({ status }) => status === 'ASSIGNED' || status === 'SCANNING'),
  );
  const takenAt = claims.map(({ timestamp }) => timestamp.getTime());
  expect(takenAt.filter((at) => at > pausedAt + 1_000 && at < resumedAt)).toEqual([]);
}, 120_000);
