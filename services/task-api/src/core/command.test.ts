import { TASK_STATUSES } from '@cyberstroll/state-machine';
import { allowedCommands, findStatusAfter, isBeingRetried } from './command';

it('allows in each status what the machine does, and a retry while the task runs', () => {
  expect(Object.fromEntries(TASK_STATUSES.map((status) => [status, allowedCommands(status).join()]))).toEqual({
    CREATED: 'cancel',
    QUEUED: 'cancel',
    RUNNING: 'pause,cancel,retry',
    PAUSED: 'resume,cancel,retry',
    COMPLETED: 'retry',
    FAILED: 'retry',
    CANCELLED: '',
    TIMEOUT: 'retry',
  });
});

it('has nothing to do where the task is there already', () => {
  expect(findStatusAfter('pause', 'PAUSED')).toBe('PAUSED');
  expect(findStatusAfter('resume', 'RUNNING')).toBe('RUNNING');
  expect(findStatusAfter('cancel', 'CANCELLED')).toBe('CANCELLED');
  expect(findStatusAfter('retry', 'CANCELLED')).toBeUndefined();
});

it('takes a subtask for being retried whose later attempt is open', () => {
  expect(isBeingRetried({ status: 'RETRYING', attempt: 2 })).toBe(true);
  expect(isBeingRetried({ status: 'SCANNING', attempt: 2 })).toBe(true);
  expect(isBeingRetried({ status: 'SCANNING', attempt: 1 })).toBe(false);
  expect(isBeingRetried({ status: 'FAILED', attempt: 2 })).toBe(false);
});

it('does not take resume for the start of a queued task', () => {
  expect(findStatusAfter('resume', 'QUEUED')).toBeUndefined();
  expect(findStatusAfter('resume', 'PAUSED')).toBe('RUNNING');
  expect(findStatusAfter('retry', 'PAUSED')).toBe('PAUSED');
  expect(findStatusAfter('retry', 'FAILED')).toBe('RUNNING');
});
