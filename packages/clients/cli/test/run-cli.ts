import { Readable, Writable } from 'node:stream';
import { run } from '../src/run';
import type { KeyboardStream } from '../src/top/terminal-screen';
import { type ApiPeer, KEY } from './api-peer';
import { shareFolder } from './make-folder';

/** Collects what is written, as a terminal of 80 columns or none. */
class Screen extends Writable {
  text = '';
  columns = 80;

  constructor(readonly isTTY = false) {
    super({ decodeStrings: false });
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

export interface CliOptions {
  env?: Record<string, string>;
  cwd?: string;
  stdin?: string;
  /** Whether stdin, stderr and stdout are terminals. */
  isTTY?: boolean;
  /** Instead of `stdin`. */
  keyboard?: KeyboardStream;
  /** UTC by default, wherever the tests run. */
  timeZone?: string;
}

/** Starts `cyberstroll <words>` in process, against a peer by way of the environment. */
export function startCli(peer: ApiPeer | undefined, words: string[], options: CliOptions = {}) {
  const stdout = new Screen(options.isTTY);
  const stderr = new Screen(options.isTTY);
  const interrupt = new AbortController();
  const exitCode = run(words, {
    stdout,
    stderr,
    stdin: options.keyboard ?? Object.assign(Readable.from([options.stdin ?? '']), { isTTY: options.isTTY ?? false }),
    env: { ...(peer ? { CYBERSTROLL_URL: peer.url, CYBERSTROLL_API_KEY: KEY } : {}), ...options.env },
    cwd: options.cwd ?? shareFolder(),
    timeZone: options.timeZone ?? 'UTC',
    signal: interrupt.signal,
  });
  return { stdout, stderr, exitCode, interrupt: () => interrupt.abort() };
}

/** Runs it to its end. `json` reads stdout as one document. */
export async function runCli(peer: ApiPeer | undefined, words: string[], options?: CliOptions) {
  const { stdout, stderr, exitCode } = startCli(peer, words, options);
  const code = await exitCode;
  return { code, stdout: stdout.text, stderr: stderr.text, json: () => JSON.parse(stdout.text) };
}
