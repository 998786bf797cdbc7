import { spawn } from 'node:child_process';
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const rootDir = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
export const localDir = join(rootDir, '.local');
export const logFile = join(localDir, 'setup.log');

/** What a user must read to get on; `hasOutput` says whether the log's end explains more. */
export class SetupError extends Error {
  constructor(message, { hasOutput = false } = {}) {
    super(message);
    this.hasOutput = hasOutput;
  }
}

/** What this machine cannot do, or cannot fetch: no fault of the checkout. */
export class UnavailableError extends SetupError {}

/** Of a set-up that failed by an UnavailableError (EX_UNAVAILABLE of sysexits.h). */
export const EXIT_UNAVAILABLE = 69;

/** One line about what happens now. */
export function say(message) {
  console.log(`setup: ${message}`);
}

/**
 * Runs a program, its output silently into the log, and rejects with a SetupError naming `what` when it fails.
 */
export async function runStep(what, command, args, { cwd = rootDir, env = {}, onFailure = '' } = {}) {
  mkdirSync(localDir, { recursive: true, mode: 0o700 });
  appendFileSync(logFile, `\n# ${new Date().toISOString()} ${command} ${args.join(' ')}\n`);
  const log = openSync(logFile, 'a');
  try {
    const failure = await new Promise((done) => {
      const child = spawn(command, args, {
        cwd,
        stdio: ['ignore', log, log],
        env: { ...process.env, ...env },
      });
      child.once('error', (error) => done(error.message));
      child.once('exit', (code, signal) => done(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
    });
    if (failure)
      throw new SetupError(`${what} failed (${failure})${onFailure && `. ${onFailure}`}`, { hasOutput: true });
  } finally {
    closeSync(log);
  }
}

/** The end of the log, on stderr. */
export function showLogTail(lines = 40) {
  console.error(readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'));
}
