import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const PROGRAM = join(__dirname, '../../packages/clients/cli/bin/cyberstroll.js');

export interface CliRun {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface StartedCli {
  process: ChildProcess;
  ended: Promise<CliRun>;
}

/** The `cyberstroll` program as a process of its own, in `cwd` and with nothing of this process's environment. */
export function startCli(args: readonly string[], cwd: string, env: Record<string, string> = {}): StartedCli {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const code = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  return {
    process: child,
    ended: Promise.all([code, text(child.stdout!), text(child.stderr!)]).then(([code, stdout, stderr]) => {
      return { code, stdout, stderr };
    }),
  };
}
