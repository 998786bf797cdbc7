import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../e2e/test-stack';

const SEED = process.env['FAULT_SEED'] ?? '1';
/** A run takes two minutes, on a busy machine many more; SIGTERM has it end its processes. */
const MOST_MS = 1_500_000;

interface Ended {
  code: unknown;
  stdout: string;
  stderr: string;
}

const play = (...options: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const command = [join(ROOT, 'test/dist/faults/nemesis/main.js'), ...options];
    execFile(
      process.execPath,
      command,
      { cwd: ROOT, timeout: MOST_MS, maxBuffer: 2 ** 24 },
      (error, stdout, stderr) => {
        resolve({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr });
      },
    );
  });

it(
  `every kind of fault once, most of them overlapping, by seed ${SEED}: what must hold does`,
  async () => {
    const { code, stdout, stderr } = await play('--seed', SEED, '--once', '--no-timed', '--json');
    if (code !== 0) throw new Error(`test:faults --seed ${SEED} ended with ${code}:\n${stderr}`);
    const { violations, lost, double_counted, confirmed, faults, limited, ruled } = JSON.parse(stdout);
    expect({ violations, lost, double_counted }).toEqual({ violations: 0, lost: 0, double_counted: 0 });
    expect(confirmed).toBeGreaterThan(2_000);
    // That the checker has counted something.
    expect(limited.starts).toBeGreaterThanOrEqual(90);
    expect(ruled.connections).toBeGreaterThanOrEqual(600);
    expect(ruled.held).toBeGreaterThanOrEqual(3);
    // A pause or a cancel may find its task ended.
    const played = Object.values(faults as Record<string, number>).filter((count) => count > 0);
    expect(played.length).toBeGreaterThanOrEqual(Object.keys(faults).length - 2);
  },
  MOST_MS + 60_000,
);
