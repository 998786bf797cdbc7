import { isEndedTask, TASK_STATUSES, taskTable } from '@cyberstroll/state-machine';
import { findCommands, hasEnded } from './states';

it.each(TASK_STATUSES)('%s: the commands are those of the machine', (status) => {
  const events = taskTable.arrows.filter(({ from }) => from === status).map(({ event }) => event);
  const commands = findCommands(status);
  for (const command of ['pause', 'resume', 'cancel'] as const) {
    expect({ command, shown: commands.includes(command) }).toEqual({
      command,
      shown: events.some((event) => event === command.toUpperCase()),
    });
  }
  expect(hasEnded(status)).toBe(isEndedTask(status));
});
