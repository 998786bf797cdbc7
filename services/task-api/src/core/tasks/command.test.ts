import { TASK_STATUSES } from '@cyberstroll/state-machine';
import { allowedCommands, findStatusAfter, isBeingRetried } from './command';

it('allows the commands of the state machine in each status, and a retry while the task runs', () => {
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

it('changes nothing if the task already has the status', () => {
  expect(findStatusAfter('pause', 'PAUSED')).toBe('PAUSED');
  expect(findStatusAfter('resume', 'RUNNING')).toBe('RUNNING');
  expect(findStatusAfter('cancel', 'CANCELLED')).toBe('CANCELLED');
  expect(findStatusAfter('retry', 'CANCELLED')).toBeUndefined();
});

it('counts a subtask as being retried while a later attempt is open', () => {
  expect(isBeingRetried({ status: 'RETRYING', attempt: 2 })).toBe(true);
  expect(isBeingRetried({ status: 'SCANNING', attempt: 2 })).toBe(true);
  expect(isBeingRetried({ status: 'SCANNING', attempt: 1 })).toBe(false);
  expect(isBeingRetried({ status: 'FAILED', attempt: 2 })).toBe(false);
});

it('does not start a queued task by resume', () => {
  expect(findStatusAfter('resume', 'QUEUED')).toBeUndefined();
  expect(findStatusAfter('resume', 'PAUSED')).toBe('RUNNING');
  expect(findStatusAfter('retry', 'PAUSED')).toBe('PAUSED');
  expect(findStatusAfter('retry', 'FAILED')).toBe('RUNNING');
});
