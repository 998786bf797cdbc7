import NodeGlobals from './environment';

it('what a test file changes in the process is put back after it', async () => {
  const globals = new NodeGlobals({ projectConfig: { fakeTimers: {} } as never });
  const before = {
    now: Date.now,
    exit: process.exit,
    path: process.env['PATH'],
    count: process.listenerCount('SIGTERM'),
  };
  globals.fakeTimersModern.useFakeTimers();
  process.env['PATH'] = 'elsewhere';
  process.env['ADDED'] = 'yes';
  process.exit = (() => undefined) as never;
  process.on('SIGTERM', () => undefined);
  await globals.teardown();
  const after = {
    now: Date.now,
    exit: process.exit,
    path: process.env['PATH'],
    count: process.listenerCount('SIGTERM'),
  };
  expect([after, process.env['ADDED']]).toEqual([before, undefined]);
});
