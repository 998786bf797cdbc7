import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { eventually } from '@cyberstroll/testkit';
import { type ApiPeer, createApiPeer, KEY, problem } from './api-peer';
import { runCli, startCli } from './run-cli';
import { sampleAnswer } from './sample-answer';

let peer: ApiPeer;
beforeEach(async () => {
  peer = await createApiPeer();
  peer.override = (request) => (request.path === '/api/statistics' ? sampleAnswer(request) : undefined);
  peer.move('RUNNING', 4);
});
afterEach(() => peer.close());

const ENTER = '\u001b[?1049h';
const LEAVE = '\u001b[?1049l';

/** A keyboard that a test presses. */
function createKeyboard() {
  const modes: boolean[] = [];
  const setRawMode = (isRaw: boolean) => modes.push(isRaw);
  return Object.assign(new PassThrough(), { isTTY: true, setRawMode, modes });
}

it.each([
  ['q', 'q'],
  ['Ctrl-C', '\u0003'],
])('shows what is so now until %s, and leaves the terminal as it was', async (_name, key) => {
  const keyboard = createKeyboard();
  const { stdout, exitCode } = startCli(peer, ['top'], { isTTY: true, keyboard });
  await eventually(() => stdout.text.includes('25.0%'));
  peer.move('RUNNING', 8);
  await eventually(() => stdout.text.includes('50.0%'));
  keyboard.write(key);
  expect(await exitCode).toBe(0);
  expect(stdout.text.startsWith(ENTER)).toBe(true);
  expect(stdout.text.endsWith(LEAVE)).toBe(true);
  expect([keyboard.modes, keyboard.listenerCount('data'), stdout.listenerCount('resize')]).toEqual([
    [true, false],
    0,
    0,
  ]);
});

it('draws again when the terminal changes its size', async () => {
  const keyboard = createKeyboard();
  const { stdout, exitCode } = startCli(peer, ['top'], { isTTY: true, keyboard });
  await eventually(() => stdout.text.includes('FAILED'));
  stdout.columns = 30;
  stdout.text = '';
  stdout.emit('resize');
  expect(stdout.text).toContain('TASK_ID');
  expect(stdout.text).not.toContain('FAILED');
  keyboard.write('q');
  await exitCode;
});

it('says that there is no answer, and when there is one again; ends if the key is refused', async () => {
  const { stdout, stderr, exitCode } = startCli(peer, ['top'], { isTTY: true, keyboard: createKeyboard() });
  await eventually(() => stdout.text.includes('25.0%'));
  const { override } = peer;
  peer.override = () => 'hang up';
  await eventually(() => stdout.text.includes('no answer since'));
  peer.override = override;
  stdout.text = '';
  await eventually(() => stdout.text.includes('cyberstroll top'));
  peer.override = () => problem(401, 'unauthorised', 'no valid API key');
  expect(await exitCode).toBe(1);
  expect(stdout.text.endsWith(LEAVE)).toBe(true);
  expect(stderr.text).toContain('no valid API key');
});

it('shows the tasks to a key that may not see nodes and statistics', async () => {
  peer.override = ({ path }) =>
    path === '/api/tasks' ? undefined : problem(403, 'forbidden', 'a key with networks may not read this');
  const { code, stdout } = await runCli(peer, ['top']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('\ntasks: RUNNING 1  ')]);
  expect(stdout).toContain('\nthis API key may not see the nodes\n');
});

it('is one frame in a pipe and with --once', async () => {
  const piped = await runCli(peer, ['top']);
  expect([piped.code, piped.stdout]).toEqual([0, expect.stringContaining('  25.0%  ')]);
  const once = await runCli(peer, ['top', '--once'], { isTTY: true });
  expect([once.code, once.stdout.includes(ENTER)]).toEqual([0, false]);
});

it('a real terminal is as it was after q, with its settings', async () => {
  const cli = `${process.execPath} ${join(__dirname, '../bin/cyberstroll.js')} top`;
  const inside = `stty rows 20 cols 70; stty -g; ${cli}; echo "exit $?"; stty -g`;
  const env = { ...process.env, CYBERSTROLL_URL: peer.url, CYBERSTROLL_API_KEY: KEY, TERM: 'xterm', LANG: 'C.UTF-8' };
  const terminal = spawn('script', ['-qec', inside, '/dev/null'], { env });
  let text = '';
  terminal.stdout.on('data', (bytes) => {
    text += bytes;
  });
  const ended = new Promise((resolve) => terminal.on('close', resolve));
  await eventually(() => text.includes('25.0%'));
  terminal.stdin.write('q');
  await ended;
  const [before, screen = '', after] = text.split(new RegExp(`${ENTER}|${LEAVE}`.replaceAll(/[[?]/g, '\\$&')));
  const frame = screen.split('\u001b[H')[1]!.split('\r\n');
  expect(frame.length).toBeLessThanOrEqual(20);
  const [settings] = before!.split('\r\n');
  expect(after!.trim().split(/\s*\r\n/)).toEqual(['exit 0', settings]);
});
