import { taskConfigSchema } from '@cyberstroll/contracts';
import { decideSubTask } from '../subtask/decide-subtask';
import { addSubTaskChange, noDelta } from './delta';

const task_id = 'a'.repeat(24);
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

/** A subtask that a node scanned between two times. */
function scan(index: number, started: Date, completed: Date) {
  return decideSubTask({
    task: { task_id, status: 'RUNNING', config: taskConfigSchema.parse({}) },
    index,
    ip: `127.0.0.${index}`,
    current: undefined,
    sent: at(0),
    updates: [
      {
        sender: { node_id: 'a' },
        update: {
          task_id,
          subtask_id: `${task_id}-${index}`,
          attempt: 1,
          lease_id: `lease-${index}`,
          status: 'COMPLETED',
          started_time: started.toISOString(),
          completed_time: completed.toISOString(),
        },
      },
    ],
    now: at(59),
    random: () => 0.5,
  });
}

it('has the first start and the last end of the scans, in whichever order they come', () => {
  const scans = [scan(1, at(20), at(30)), scan(2, at(10), at(40)), scan(3, at(15), at(25))];
  for (const order of [scans, [...scans].reverse()]) {
    const delta = noDelta();
    for (const decision of order) addSubTaskChange(delta, undefined, decision.next!, decision);
    expect(delta.scans).toEqual({ first_started_time: at(10), last_completed_time: at(40) });
    expect(delta.counts.completed_count).toBe(3);
  }
});
