import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const KEPT_OUTPUT = 4_000;
const LAST_LINES = 5;
/** What it started may keep its output open. */
const OUTPUT_ENDS_WITHIN_MS = 1_000;

/**
 * Why a command cannot be run as one program; undefined if it can. `exec` makes the shell become the program, so that
 * a signal reaches it, and takes the first of several.
 */
export function findCommandFault(command: string): string | undefined {
  const withoutQuotes = command.replace(/\\.|'[^']*'|"(?:\\.|[^"\\])*"/gs, '_');
  const [joint] = /&&|\|\||[;|&\n]/.exec(withoutQuotes.replace(/[<>]&|&>/g, '>')) ?? [];
  const script = 'write a script that ends with "exec <program>", and name the script';
  if (joint) return `the command must be one program, and ${JSON.stringify(joint)} makes it several: ${script}`;
  const [variable] = /^\s*\w+=/.exec(withoutQuotes) ?? [];
  if (variable) return `the command must begin with the program: write "env ${command.trim()}"`;
  return undefined;
}

/** The node program under test, a command without fault. */
export function createNodeProcess(command: string, cwd: string) {
  let child: ChildProcess | undefined;
  let ended: Promise<number | NodeJS.Signals> = Promise.resolve(0);
  let hasEnded = true;
  let startedAt = 0;
  const output = { stdout: '', stderr: '' };
  let outputEnds: Promise<unknown> = Promise.resolve();
  return {
    start(environment: Record<string, string>): void {
      const started = spawn('sh', ['-c', `exec ${command}`], {
        cwd,
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      for (const stream of ['stdout', 'stderr'] as const) {
        output[stream] = '';
        started[stream].on('data', (text: Buffer) => {
          if (child === started) output[stream] = `${output[stream]}${text}`.slice(-KEPT_OUTPUT);
        });
      }
      outputEnds = once(started, 'close');
      child = started;
      hasEnded = false;
      startedAt = Date.now();
      ended = new Promise((resolve) => {
        started.once('exit', (code, signal) => {
          if (child === started) hasEnded = true;
          resolve(code ?? signal ?? 1);
        });
      });
    },
    signal: (name: NodeJS.Signals) => void child?.kill(name),
    /** Resolves when it has ended, with its exit code, or the signal that ended it. */
    get ended() {
      return ended;
    },
    get hasEnded() {
      return hasEnded;
    },
    get startedAt() {
      return startedAt;
    },
    /** The last lines that it wrote to stderr; to stdout if there were none. Of an ended program all that it wrote. */
    async lastLines(): Promise<string[]> {
      if (hasEnded) await Promise.race([outputEnds, delay(OUTPUT_ENDS_WITHIN_MS)]);
      const text = output.stderr.trim() || output.stdout.trim();
      return text === '' ? [] : text.split('\n').slice(-LAST_LINES);
    },
    async kill(): Promise<void> {
      if (!child?.pid || hasEnded) return;
      // The group: a node may have started others.
      process.kill(-child.pid, 'SIGKILL');
      await ended;
    },
  };
}
