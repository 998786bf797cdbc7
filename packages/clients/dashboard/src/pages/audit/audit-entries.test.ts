import { nameDeed, toAuditFileName, toRows, toSubjectPath } from './audit-entries';

it('what a command was about is linked where it has a page', () => {
  const task_id = 'a'.repeat(24);
  const paths = [
    { operation: 'acknowledgeAlert', subject: '4e' },
    { operation: 'createExclusion', subject: '5f' },
    { operation: 'bulkTasks', subject: '6a' },
    { operation: 'retrySubTask', task_id, subject: `${task_id}-7` },
    { operation: 'removeNode', subject: 'n 1' },
    { operation: 'deleteSchedule', subject: '8c' },
    { operation: 'createKey', subject: '9d' },
    { operation: 'retryTask', task_id, subject: '127.0.0.0/28' },
    { operation: 'pauseTask', task_id },
  ].map(toSubjectPath);
  expect(paths).toEqual([
    '/problems/alerts/4e',
    '/plan/exclusions/5f',
    '/tasks?operation=6a',
    `/tasks/${task_id}/subtasks/${task_id}-7`,
    ...Array(5).fill(undefined),
  ]);
});

it('the name of a file says what is in it', () => {
  const filter = { operation: 'cancelTask', after: '2026-01-31T12:00:00Z' };
  expect(toAuditFileName(filter)).toBe('audit-cancelTask-after-2026-01-31T12:00:00Z');
  expect(toAuditFileName({})).toBe('audit');
});

it('says what was done, and of what was refused only what was tried', () => {
  const name = (operation: string, status = 200) => nameDeed({ operation, status });
  expect(['pauseTask', 'retryTask', 'acknowledgeAlert', 'createSession'].map((each) => name(each))).toEqual([
    'paused task',
    'retried task',
    'acknowledged alert',
    'logged in',
  ]);
  expect([name('pauseTask', 409), name('login', 401)]).toEqual(['pause task', 'refused login']);
});

it('shows what says the same of one subject once, with how often', () => {
  const run = {
    operation: 'runSchedule',
    operator: 'ann',
    subject: 's',
    status: 200,
    address: '::1',
    request_id: 'r',
    expires: '',
  };
  const entries = ['a', 'b', 'c', 'd'].map((audit_id) => ({ ...run, audit_id, time: '', task_id: audit_id }));
  const rows = toRows([...entries, { ...entries[0]!, operation: 'pauseSchedule' }]);
  expect(rows.map(({ entry, count }) => [entry.operation, entry.audit_id, count])).toEqual([
    ['runSchedule', 'a', 4],
    ['pauseSchedule', 'a', 1],
  ]);
});
