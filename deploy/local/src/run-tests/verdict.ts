/** From jest's results to a verdict on the whole run: pure. */
import { relative } from 'node:path';

/** This many flaky files are too many for a green run. */
const TOO_MANY_FLAKY = 3;

/** What is read of the results that jest writes. */
export interface JestResults {
  testResults: {
    name: string;
    status: string;
    message: string;
    /** In milliseconds since 1970. */
    startTime: number;
    endTime: number;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

export interface Failure {
  test: string;
  /** Its first line. */
  message: string;
}

export interface TestFile {
  /** From the root of the workspace. */
  path: string;
  seconds: number;
  passed: number;
  /** A file that cannot be loaded has one. */
  failures: Failure[];
}

export interface Verdict {
  passed: number;
  failed: number;
  /** What failed at first in files that passed when they ran alone. */
  flaky: (Failure & { path: string })[];
}

export const toFiles = ({ testResults }: JestResults, rootDir: string): TestFile[] =>
  testResults.map(({ name, status, message, startTime, endTime, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    const failures = failed.map((test) => ({ test: test.fullName, message: toFirstLine(test.failureMessages[0]) }));
    if (status === 'failed' && failures.length === 0) failures.push({ test: '-', message: toFirstLine(message) });
    return {
      path: relative(rootDir, name),
      seconds: (endTime - startTime) / 1_000,
      passed: assertionResults.filter((test) => test.status === 'passed').length,
      failures,
    };
  });

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');

function toFirstLine(message = ''): string {
  const lines = message.replace(COLOURS, '').split('\n');
  return lines.map((line) => line.trim()).find((line) => line !== '' && !line.startsWith('●')) ?? '';
}

/** `first`: all files. `again`: those of them that failed and ran once more. */
export function toVerdict(first: readonly TestFile[], again: readonly TestFile[]): Verdict {
  const repeated = new Map(again.map((file) => [file.path, file]));
  const flaky = first.filter(({ path, failures }) => failures.length > 0 && repeated.get(path)?.failures.length === 0);
  const last = first.map((file) => repeated.get(file.path) ?? file);
  const passed = last.reduce((sum, file) => sum + file.passed, 0);
  const broken = last.reduce((sum, { failures }) => sum + failures.length, 0);
  const failed = broken + (flaky.length >= TOO_MANY_FLAKY ? flaky.length : 0);
  return {
    passed,
    // A run without any test is a failure.
    failed: passed === 0 ? Math.max(1, failed) : failed,
    flaky: flaky.flatMap(({ path, failures }) => failures.map((failure) => ({ path, ...failure }))),
  };
}
