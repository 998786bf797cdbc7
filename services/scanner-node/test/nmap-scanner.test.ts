import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunClock } from '@cyberstroll/scanner-sdk';
import { eventually, stall } from '@cyberstroll/testkit';
import { createNmapScanner, isNmapInstalled } from '../src/scanners/nmap-scanner';
import { findClosedPort, listen } from './listeners';

const clock = createRunClock();
afterAll(() => clock.stop());

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nmap-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function createProgram(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

function scanWith(
  program: string | undefined,
  ports: number[],
  signal = new AbortController().signal,
  by = clock,
  options = {},
) {
  const target = {
    ip: '127.0.0.1',
    ports: [...ports].sort((a, b) => a - b),
    task_id: '',
    subtask_id: '',
    attempt: 1,
    method: 'nmap' as const,
    options,
  };
  const scan = createNmapScanner(program ? { program } : {});
  return scan({ ...target, timeoutMs: 3_600_000 }, { signal, clock: by, progress: () => undefined });
}

describe('an nmap scan', () => {
  it('runs a connect scan of the ports, and reads the report', async () => {
    const report =
      '<nmaprun args="$*"><host><ports><port protocol="tcp" portid="22"><state state="open"/><service name="ssh"/></port></ports></host></nmaprun>';
    const program = createProgram('good', `echo "$*" > ${folder}/arguments; cat <<END\n${report}\nEND`);
    expect(await scanWith(program, [22, 23, 24, 80])).toMatchObject({ open_ports: [22], services: ['22/tcp ssh'] });
    const { stdout } = spawnSync('cat', [join(folder, 'arguments')]);
    expect(stdout.toString().trim()).toBe('-oX - -sT -Pn -n -sV --version-light -p 22-24,80 127.0.0.1');
    await scanWith(program, [22], undefined, clock, { arguments: ['-sC', '--version-all'] });
    const more = spawnSync('cat', [join(folder, 'arguments')]).stdout.toString();
    expect(more.trim()).toBe('-oX - -sT -Pn -n -sV -sC --version-all -p 22 127.0.0.1');
  });

  it.each([
    ['a bad exit', 'echo "QUITTING!" >&2; exit 1', 'exit 1: QUITTING!'],
    ['a report cut off', 'echo "<nmaprun><host>"', 'its report is incomplete'],
    ['a signal', 'kill -SEGV $$', 'SIGSEGV'],
  ])('fails with SCANNER_CRASHED at %s', async (what, script, message) => {
    const failed = scanWith(createProgram(what.replaceAll(' ', '-'), script), [80]);
    await expect(failed).rejects.toMatchObject({ code: 'SCANNER_CRASHED', message: expect.stringContaining(message) });
  });

  it('is offered where nmap is on the path, and may be run', () => {
    createProgram('nmap', 'exit 0');
    expect([`/nowhere:${folder}`, join(folder, 'none'), ''].map((path) => isNmapInstalled(path))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('fails with SCANNER_MISSING if nmap is gone', async () => {
    await expect(scanWith(join(folder, 'none'), [80])).rejects.toMatchObject({ code: 'SCANNER_MISSING' });
  });

  it('ends when aborted', async () => {
    const abort = new AbortController();
    const result = scanWith(createProgram('slow', 'exec sleep 60'), [80], abort.signal);
    const ended = expect(result).rejects.toThrow('aborted');
    abort.abort();
    await ended;
  });

  it('is repeated only if the node stalled during the scan', async () => {
    const began = join(folder, 'began');
    const answer = (ports: string) => `<nmaprun><host><ports>${ports}</ports></host></nmaprun>`;
    const open = answer('<port protocol="tcp" portid="80"><state state="open"/></port>');
    const mayEnd = join(folder, 'may-end');
    const first = `touch ${began}; while [ ! -e ${mayEnd} ]; do sleep 0.05; done; echo '${answer('')}'`;
    const script = `if [ -e ${began} ]; then echo '${open}'; else ${first}; fi`;
    const program = createProgram('stalled', script);
    const neverStalls = createRunClock(() => 0);
    writeFileSync(mayEnd, '');
    expect(await scanWith(program, [80], undefined, neverStalls)).toMatchObject({ open_ports: [] });
    neverStalls.stop();
    for (const path of [began, mayEnd]) rmSync(path);
    const result = scanWith(program, [80]);
    await eventually(() => expect(existsSync(began)).toBe(true));
    // It ends while the node stalls.
    writeFileSync(mayEnd, '');
    stall(1_500);
    expect(await result).toMatchObject({ open_ports: [80] });
  });

  it('finds the ports that listen, and their services, with the real nmap', async () => {
    const listener = await listen('127.0.0.1', (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
    const closed = await findClosedPort('127.0.0.1');
    const { open_ports, services, response_time } = await scanWith(undefined, [listener.port, closed]);
    expect(open_ports).toEqual([listener.port]);
    expect(services).toEqual([expect.stringMatching(`^${listener.port}/tcp ssh OpenSSH 9.2`)]);
    expect(response_time).toBeGreaterThan(0);
    await listener.close();
  });
});
