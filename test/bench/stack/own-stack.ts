import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder, type Stack, type StartStackOptions, startStack } from '@cyberstroll/local';

export interface OwnStack {
  readonly stack: Stack;
  /** Holds the logs of its processes. */
  readonly dir: string;
  /** Ends all and removes the directory. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** A stack in a directory of its own. Ctrl-C ends it with this process. */
export async function startOwnStack(options: Omit<StartStackOptions, 'dir'>): Promise<OwnStack> {
  const dir = mkdtempSync(join(tmpdir(), 'cyberstroll-bench-'));
  const remove = () => removeFolder(dir);
  try {
    const stack = await startStack({ dir, environment: { ...process.env, LOG_LEVEL: 'warn' }, ...options });
    const interrupt = () => void stack.kill().finally(() => process.exit(130));
    process.once('SIGINT', interrupt);
    const end = (how: () => Promise<void>) => async () => {
      await how().finally(remove);
      process.off('SIGINT', interrupt);
    };
    return { stack, dir, stop: end(stack.stop), kill: end(stack.kill) };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Runs `use` on a stack of its own, and ends the stack whatever happens. */
export async function withOwnStack<Result>(
  options: Omit<StartStackOptions, 'dir'>,
  use: (stack: Stack) => Promise<Result>,
): Promise<Result> {
  const own = await startOwnStack(options);
  try {
    return await use(own.stack);
  } finally {
    await own.stop();
  }
}

/** Ends this process when `main` has ended: with 0, or with its error and 1. */
export function runProgram(name: string, main: () => Promise<void>): void {
  main().then(
    () => process.exit(process.exitCode),
    (error: unknown) => {
      process.stderr.write(`${name}: ${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
}
