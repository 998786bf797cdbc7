import { type ChildProcess, spawn } from 'node:child_process';

export interface NodeProcess {
  start(environment: Record<string, string>): void;
  signal(name: NodeJS.Signals): void;
  /** Resolves when it has ended, with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly hasEnded: boolean;
  readonly startedAt: number;
  /** The end of what it wrote. */
  readonly output: string;
  kill(): Promise<void>;
}

const KEPT_OUTPUT = 4_000;

/**
 * The node program under test. `exec` makes the shell become the program, so that a signal reaches it; the command may
 * not be several joined by `&&`.
 */
export function createNodeProcess(command: string, cwd: string): NodeProcess {
  let child: ChildProcess | undefined;
  let ended: Promise<number | NodeJS.Signals> = Promise.resolve(0);
  let hasEnded = true;
  let startedAt = 0;
  let output = '';
  const node: NodeProcess = {
    start(environment) {
      const started = spawn('sh', ['-c', `exec ${command}`], {
        cwd,
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      const keep = (text: Buffer) => {
        output = `${output}${text}`.slice(-KEPT_OUTPUT);
      };
      started.stdout.on('data', keep);
      started.stderr.on('data', keep);
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
    signal: (name) => void child?.kill(name),
    get ended() {
      return ended;
    },
    get hasEnded() {
      return hasEnded;
    },
    get startedAt() {
      return startedAt;
    },
    get output() {
      return output;
    },
    async kill() {
      if (!child?.pid || hasEnded) return;
      // The group: a node may have started others.
      process.kill(-child.pid, 'SIGKILL');
      await ended;
    },
  };
  return node;
}
