import { createCancelledAhead } from './cancelled-ahead';

const TASK = {
  task_id: 'a'.repeat(24),
  status: 'RUNNING' as const,
  priority: 5,
  cursor: 100,
  total_targets: 1_000,
  labels: [],
  isHeld: false,
};

/** Counts `ahead` of the task, and how often it was asked. */
function setup(ahead: number) {
  const asked = { count: 0, ahead };
  const counter = createCancelledAhead({
    subTasks: {
      async countTouched() {
        asked.count += 1;
        return asked.ahead;
      },
    },
  });
  const find = (cancelled: number, change: Partial<typeof TASK> = {}) =>
    counter.find({ ...TASK, ...change }, { cancelled });
  return { asked, find, notePassed: counter.notePassed };
}

it('asks nothing of a task without cancelled subtasks, or of one that is all sent', async () => {
  const { asked, find } = setup(5);
  expect([await find(0), await find(5, { cursor: 1_000 }), asked.count]).toEqual([0, 0, 0]);
});

it('between two counts takes each new one for one that was never sent, and forgets what the cursor passes', async () => {
  const { asked, find, notePassed } = setup(30);
  expect(await find(50)).toBe(30);
  asked.ahead = 0;
  expect(await find(58)).toBe(38);
  notePassed(TASK.task_id, 10);
  expect([await find(58), await find(40), asked.count]).toEqual([28, 20, 1]);
});
