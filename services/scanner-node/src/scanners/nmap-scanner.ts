import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { toPortsText } from '@cyberstroll/contracts';
import { ScanError, type ScanFunction } from '@cyberstroll/scanner-sdk';
import { readNmapArguments } from '../core/nmap-arguments';
import { parseNmapReport } from '../core/nmap-report';

const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;
/** Milliseconds that nmap waits for the first answers before it probes again. */
const LONG_STALL_MS = 1_000;

/** Whether nmap is on the path, and may be run. */
export const isNmapInstalled = (path = process.env['PATH'] ?? ''): boolean =>
  path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, 'nmap'), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });

/**
 * Scans with nmap: connect scan, light version detection, no ping, no name look-up; with what `options.arguments` adds.
 * The address has passed the node's scope, so it cannot be an option of nmap. Fails with SCANNER_MISSING if nmap is
 * gone, and with SCANNER_CRASHED if nmap fails. nmap has its own time-outs, and whatever stalls the node usually stalls
 * nmap too: if the node stalled for longer than these during a scan, the scan is repeated once.
 */
export function createNmapScanner({ program = 'nmap' }: { program?: string } = {}): ScanFunction {
  return async ({ ip, ports, options }, { signal, clock }) => {
    const more = readNmapArguments(options);
    const depth = more.some((each) => each.startsWith('--version-')) ? [] : ['--version-light'];
    const family = ip.includes(':') ? ['-6'] : [];
    const scan = ['-oX', '-', '-sT', '-Pn', '-n', '-sV', ...depth, ...more, '-p', toPortsText(ports)];
    const scanOnce = () => run(program, [...scan, ...family, ip], signal);
    const stalledBefore = clock.stalledMs();
    let ended = await scanOnce();
    if (clock.stalledMs() - stalledBefore >= LONG_STALL_MS) ended = await scanOnce();
    signal.throwIfAborted();
    const { output, lastError, ending } = ended;
    const result = ending === 'exit 0' ? parseNmapReport(output) : undefined;
    if (!result) throw new ScanError('SCANNER_CRASHED', `nmap: ${ending}: ${lastError || 'its report is incomplete'}`);
    return result;
  };
}

interface Ended {
  output: string;
  /** The last line of nmap's error output. */
  lastError: string;
  ending: string;
}

function run(program: string, args: string[], signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { signal, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    let received = 0;
    let lastError = '';
    child.stdout.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > MAX_OUTPUT_BYTES) child.kill('SIGKILL');
      else output.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      lastError = `${lastError}${chunk.toString()}`.slice(-1_000);
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') reject(new ScanError('SCANNER_MISSING', 'nmap is not installed on this node'));
      else if (error.code === 'EACCES') reject(new ScanError('PERMISSION_DENIED', 'this node may not run nmap'));
      else if (error.code === 'EAGAIN' || error.code === 'EMFILE' || error.code === 'ENOMEM')
        reject(new ScanError('RESOURCE_EXHAUSTED', `nmap: ${error.code}`));
      else reject(error);
    });
    child.on('close', (code, killedBy) =>
      resolve({
        output: Buffer.concat(output).toString(),
        lastError: lastError.trim().split('\n').at(-1) ?? '',
        ending: killedBy ? `killed by ${killedBy}` : `exit ${code}`,
      }),
    );
  });
}
