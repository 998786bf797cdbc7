import { TASK_STATUSES } from '@cyberstroll/state-machine';
import { allowedCommands, judgeCommand, toControlState } from './command';

it('allows in each status what the machine does, and a retry while the task runs', () => {
  expect(Object.fromEntries(TASK_STATUSES.map((status) => [status, allowedCommands(status).join()]))).toEqual({
    CREATED: 'cancel',
    QUEUED: 'cancel',
    RUNNING: 'pause,cancel,retry',
    PAUSED: 'resume,cancel,retry',
    COMPLETED: '',
    FAILED: 'retry',
    CANCELLED: '',
    TIMEOUT: 'retry',
  });
});

it('does not take resume for the start of a queued task', () => {
  expect(judgeCommand('resume', 'QUEUED')).toBeUndefined();
  expect(judgeCommand('resume', 'PAUSED')).toBe('RUNNING');
  expect(judgeCommand('retry', 'PAUSED')).toBe('PAUSED');
  expect(judgeCommand('retry', 'FAILED')).toBe('RUNNING');
});

it('tells nodes how a task stands', () => {
  expect(TASK_STATUSES.map(toControlState)).toEqual([
    'running',
    'running',
    'running',
    'paused',
    'ended',
    'ended',
    'ended',
    'ended',
  ]);
});
