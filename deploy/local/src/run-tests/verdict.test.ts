import { type TestFile, toFiles, toVerdict } from './verdict';

const file = (path: string, ...failed: string[]): TestFile => ({
  path,
  seconds: 1,
  passed: 10,
  failures: failed.map((test) => ({ test, message: 'it broke' })),
});

it('a file that passes when it runs alone is flaky: it is listed, and the run is green', () => {
  const verdict = toVerdict([file('a'), file('b', 'one', 'two')], [file('b')]);
  expect(verdict).toMatchObject({ passed: 20, failed: 0 });
  expect(verdict.flaky).toEqual([
    { path: 'b', test: 'one', message: 'it broke' },
    { path: 'b', test: 'two', message: 'it broke' },
  ]);
});

it('a file that fails twice is a failure, and not flaky', () => {
  expect(toVerdict([file('a'), file('b', 'one')], [file('b', 'two')])).toEqual({ passed: 20, failed: 1, flaky: [] });
});

it('a failed file that did not run once more is a failure', () => {
  expect(toVerdict([file('a'), file('b', 'one')], [])).toEqual({ passed: 20, failed: 1, flaky: [] });
});

it('three flaky files are failures', () => {
  const names = ['a', 'b', 'c'];
  const first = names.map((name) => file(name, 'one'));
  const again = names.map((name) => file(name));
  expect(toVerdict(first.slice(1), again.slice(1)).failed).toBe(0);
  expect(toVerdict(first, again)).toMatchObject({ failed: 3, flaky: { length: 3 } });
});

it('a run without any test is a failure', () => {
  expect(toVerdict([], [])).toEqual({ passed: 0, failed: 1, flaky: [] });
});

it('reads jest’s results: seconds, and the first line of each message; a file that cannot be loaded is one failure', () => {
  const esc = String.fromCharCode(27);
  const failureMessages = [`${esc}[2mexpect(${esc}[22mreceived)\n  at line 1`];
  const results = {
    testResults: [
      {
        name: '/root/a.test.ts',
        status: 'failed',
        message: '',
        startTime: 1_000,
        endTime: 3_500,
        assertionResults: [
          { status: 'passed', fullName: 'one', failureMessages: [] },
          { status: 'failed', fullName: 'two', failureMessages },
        ],
      },
      {
        name: '/root/b.test.ts',
        status: 'failed',
        startTime: 0,
        endTime: 0,
        assertionResults: [],
        message: '  ● Test suite failed to run\n\n    SyntaxError: no\n',
      },
    ],
  };
  expect(toFiles(results, '/root')).toEqual([
    { path: 'a.test.ts', seconds: 2.5, passed: 1, failures: [{ test: 'two', message: 'expect(received)' }] },
    { path: 'b.test.ts', seconds: 0, passed: 0, failures: [{ test: '-', message: 'SyntaxError: no' }] },
  ]);
});
