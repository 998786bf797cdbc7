import { readFileSync } from 'node:fs';
import { delay } from '@cyberstroll/runtime';
import { WebSocket } from 'ws';

/** What V8's profiler says: a tree of functions, and which of them ran at each sample. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number } }[];
  samples: number[];
  /** Microseconds since the sample before. */
  timeDeltas: number[];
}

const LISTENS_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** Begins a profile of a Node process with `--inspect-port`, whose log says where its inspector listens. */
export async function startProfiler(pid: number, logFile: string): Promise<{ stop(): Promise<CpuProfile> }> {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await waitForUrl(logFile));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let lastId = 0;
  const call = <Result>(method: string, params: object = {}) =>
    new Promise<Result>((resolve, reject) => {
      const id = ++lastId;
      const take = (data: { toString(): string }) => {
        const answer = JSON.parse(data.toString()) as { id?: number; result: Result; error?: { message: string } };
        if (answer.id !== id) return;
        socket.off('message', take);
        if (answer.error) reject(new Error(`${method}: ${answer.error.message}`));
        else resolve(answer.result);
      };
      socket.on('message', take);
      socket.once('close', () => reject(new Error('the process has ended')));
      socket.send(JSON.stringify({ id, method, params }));
    });
  await call('Profiler.enable');
  await call('Profiler.start');
  return {
    async stop() {
      const { profile } = await call<{ profile: CpuProfile }>('Profiler.stop');
      await call('Profiler.disable');
      socket.terminate();
      return profile;
    },
  };
}

async function waitForUrl(logFile: string): Promise<string> {
  const deadline = performance.now() + LISTENS_WITHIN_MS;
  while (performance.now() < deadline) {
    const url = [...readFileSync(logFile, 'utf8').matchAll(/Debugger listening on (ws:\S+)/g)].at(-1)?.[1];
    if (url) return url;
    await delay(LOOK_EVERY_MS);
  }
  throw new Error(`${logFile} does not say where the inspector listens`);
}
