import { ScanAbortedError, ScanError, type ScanFunction } from '.';
import { runScan } from './testing';

const NOTHING = { open_ports: [], services: [], response_time: 0 };

/** A scan that ends when its signal aborts, and remembers why. */
function createPatientScan() {
  const reasons: unknown[] = [];
  const scan: ScanFunction = (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reasons.push(signal.reason);
        reject(signal.reason);
      });
    });
  return { scan, reasons };
}

describe('a scan function in runScan', () => {
  it('gets the job as a node passes it, and what it finds is reported', async () => {
    const targets: unknown[] = [];
    const { updates, progress, ended } = await runScan(
      async (target, { progress }) => {
        targets.push(target);
        progress(50);
        return { ...NOTHING, open_ports: [22] };
      },
      { ip: '127.0.0.9', ports: '80,22-23', method: 'nmap', options: { rate: 5 }, timeoutMs: 7_000 },
      { methods: ['connect', 'nmap'] },
    );
    const given = { method: 'nmap', options: { rate: 5 }, timeoutMs: 7_000 };
    expect(targets).toMatchObject([{ ip: '127.0.0.9', ports: [22, 23, 80], ...given }]);
    expect(updates.map(({ status }) => status)).toEqual(['ASSIGNED', 'SCANNING', 'COMPLETED']);
    expect(updates.at(-1)).toMatchObject({ ip: '127.0.0.9', scan_result: { open_ports: [22] } });
    expect({ progress, ended }).toEqual({ progress: [50], ended: true });
  });

  it.each([
    [new ScanError('NETWORK_UNREACHABLE', 'no route'), 'FAILED', 'NETWORK_UNREACHABLE'],
    [new ScanError('SUBTASK_TIMEOUT', 'nmap gave up'), 'TIMEOUT', 'SUBTASK_TIMEOUT'],
    [new ScanError('LICENSE_EXPIRED', 'buy one'), 'FAILED', 'LICENSE_EXPIRED'],
    [new TypeError('oops'), 'FAILED', 'INTERNAL_ERROR'],
  ])('that throws %s is reported with %s %s', async (error, status, error_code) => {
    const { last } = await runScan(() => Promise.reject(error));
    expect(last).toMatchObject({ status, error_info: { error_code, error_message: error.message } });
  });

  it.each([
    ['cancelled', 'SCANNING', undefined],
    ['lease_lost', 'FAILED', 'NODE_LOST'],
    ['draining', 'FAILED', 'NODE_DRAINING'],
  ] as const)('learns from its signal that it is %s', async (abort, status, error_code) => {
    const { scan, reasons } = createPatientScan();
    const { last, ended } = await runScan(scan, {}, { abort, abortAfterMs: 20 });
    expect(reasons).toEqual([expect.any(ScanAbortedError)]);
    expect(reasons).toMatchObject([{ code: abort }]);
    expect([last.status, last.error_info?.error_code, ended]).toEqual([status, error_code, true]);
  });

  it('learns from its signal that it is timed_out, also if it looks late', async () => {
    const { scan, reasons } = createPatientScan();
    expect((await runScan(scan, { timeoutMs: 20 })).last).toMatchObject({ status: 'TIMEOUT' });
    const late: ScanFunction = async (_, context) => {
      // On the clock of the time-out, and after it.
      await new Promise<void>((resolve) => context.clock.startTimer(200, resolve));
      reasons.push(context.signal.reason);
      return NOTHING;
    };
    expect(await runScan(late, { timeoutMs: 20 })).toMatchObject({ last: { status: 'TIMEOUT' }, ended: true });
    expect(reasons).toMatchObject([{ code: 'timed_out' }, { code: 'timed_out' }]);
  });

  it('that ignores its signal is found out', async () => {
    const run = await runScan(() => new Promise(() => {}), {}, { abort: 'draining', endWithinMs: 50 });
    expect(run).toMatchObject({ last: { error_info: { error_code: 'NODE_DRAINING' } }, ended: false });
  });

  it.each([
    ['an address outside of the scope', { ip: '192.0.2.1' }, 'OUT_OF_SCOPE'],
    ['a job that cannot be read', { ports: '0' }, 'INVALID_JOB'],
    ['a job of another method', { method: 'nmap' }, 'METHOD_UNSUPPORTED'],
  ])('does not get %s', async (_, job, code) => {
    const scan: ScanFunction = () => Promise.reject(new Error('it was called'));
    expect((await runScan(scan, job)).last.error_info?.error_code).toBe(code);
  });

  it('may put a listener on its signal for each of many ports', async () => {
    const onWarning = jest.spyOn(process, 'emitWarning').mockReturnValue();
    const { last } = await runScan(
      async ({ ports }, { signal }) => {
        for (const port of ports) signal.addEventListener('abort', () => port);
        return NOTHING;
      },
      { ports: '1-40' },
    );
    expect([last.status, onWarning.mock.calls]).toEqual(['COMPLETED', []]);
    onWarning.mockRestore();
  });
});

it('a ScanError refuses a code that the server would refuse', () => {
  expect(() => new ScanError('no route', '')).toThrow(TypeError);
});
