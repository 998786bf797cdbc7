import type { Hold, Task } from '@cyberstroll/contracts';
import { runningSeconds } from '../task-clock';
import { applyHold } from './apply-hold';
import { applyTaskTransitions, type TaskFieldChanges, toTaskAfter } from './apply-transitions';

const NOW = new Date('2026-11-28T12:00:00Z');
const after = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);

describe("a task's clock", () => {
  const HOLD: Hold = { code: 'frozen', reason: '', since: NOW };
  type Step = 'hold' | 'release' | Task['status'];

  /** RUNNING since minute 0; each step happens at its minute. */
  function run(steps: readonly [minute: number, step: Step][]): Task {
    const begun = { status: 'RUNNING', timestamp: NOW, reason: '', operator: 'ada' } as const;
    let held = {
      rev: 0,
      status: 'RUNNING',
      started_time: NOW,
      paused_seconds: 0,
      status_history: [begun],
    } as Partial<Task>;
    for (const [minute, step] of steps) {
      const now = after(minute);
      const isHold = step === 'hold' || step === 'release';
      const transitions = isHold ? [] : [{ status: step, reason: '' }];
      const changes: TaskFieldChanges = isHold
        ? applyHold(held as Task, step === 'hold' ? HOLD : undefined, now)
        : applyTaskTransitions(held as Task, transitions, 'ada', now);
      held = toTaskAfter(held as Task, transitions, changes);
    }
    return held as Task;
  }

  it.each<[string, [number, Step][], number]>([
    ['is held', [[10, 'hold']], 10],
    [
      'was held',
      [
        [10, 'hold'],
        [20, 'release'],
      ],
      50,
    ],
    [
      'was held twice',
      [
        [10, 'hold'],
        [20, 'release'],
        [30, 'hold'],
        [35, 'release'],
      ],
      45,
    ],
    [
      'is paused while it is held',
      [
        [10, 'hold'],
        [20, 'PAUSED'],
      ],
      10,
    ],
    [
      'was paused while it is held',
      [
        [10, 'hold'],
        [20, 'PAUSED'],
        [30, 'RUNNING'],
      ],
      10,
    ],
    [
      'was paused while it was held',
      [
        [10, 'hold'],
        [20, 'PAUSED'],
        [30, 'RUNNING'],
        [40, 'release'],
      ],
      30,
    ],
    [
      'is paused longer than it was held',
      [
        [10, 'hold'],
        [20, 'PAUSED'],
        [30, 'release'],
      ],
      10,
    ],
    [
      'was paused longer than it was held',
      [
        [10, 'hold'],
        [20, 'PAUSED'],
        [30, 'release'],
        [40, 'RUNNING'],
      ],
      30,
    ],
    [
      'is held while it is paused',
      [
        [10, 'PAUSED'],
        [20, 'hold'],
      ],
      10,
    ],
    [
      'was held while it was paused',
      [
        [10, 'PAUSED'],
        [20, 'hold'],
        [30, 'release'],
        [40, 'RUNNING'],
      ],
      30,
    ],
    [
      'is held longer than it was paused',
      [
        [10, 'PAUSED'],
        [20, 'hold'],
        [30, 'RUNNING'],
      ],
      10,
    ],
    [
      'was held longer than it was paused',
      [
        [10, 'PAUSED'],
        [20, 'hold'],
        [30, 'RUNNING'],
        [40, 'release'],
      ],
      30,
    ],
    [
      'ended after it was held',
      [
        [10, 'hold'],
        [20, 'release'],
        [60, 'COMPLETED'],
      ],
      50,
    ],
    [
      'ended while it was held',
      [
        [10, 'hold'],
        [60, 'CANCELLED'],
      ],
      10,
    ],
    [
      'was taken up again after it was held',
      [
        [10, 'hold'],
        [20, 'release'],
        [30, 'FAILED'],
        [40, 'RUNNING'],
      ],
      20,
    ],
    [
      'was held after it was taken up',
      [
        [10, 'FAILED'],
        [20, 'RUNNING'],
        [30, 'hold'],
        [40, 'release'],
      ],
      30,
    ],
  ])('after an hour: %s', (_, steps, minutes) => {
    const after60 = run(steps);
    expect(runningSeconds(after60, after(60)) / 60).toBe(minutes);
    // Each of these was held or paused once, however it was written: a later change does not count it again.
    if (after60.status !== 'RUNNING') return;
    expect(runningSeconds(run([...steps, [60, 'PAUSED'], [70, 'RUNNING']]), after(70)) / 60).toBe(minutes);
  });

  it('has no hold once the task has ended, and the time of its scans without what it was held', () => {
    const ended = run([
      [10, 'hold'],
      [20, 'CANCELLED'],
    ]);
    expect([ended.hold, ended.paused_time]).toEqual([undefined, undefined]);
    const begun = run([
      [10, 'hold'],
      [20, 'release'],
    ]);
    const scans = { first_started_time: after(1), last_completed_time: after(50) };
    const transitions = [{ status: 'COMPLETED', reason: '' }] as const;
    const { set } = applyTaskTransitions(begun, transitions, 'ada', after(60), scans);
    expect(set.actual_duration! / 60).toBe(39);
  });

  it('is asked to send again what was dropped, and not while the task is PAUSED', () => {
    expect(
      run([
        [10, 'hold'],
        [20, 'release'],
      ]).resumed_time,
    ).toEqual(after(20));
    expect(
      run([
        [5, 'PAUSED'],
        [10, 'hold'],
        [20, 'release'],
      ]).resumed_time,
    ).toBeUndefined();
  });
});
