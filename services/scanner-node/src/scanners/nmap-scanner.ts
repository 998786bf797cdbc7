import { spawn } from 'node:child_process';
import { toPortsText } from '@cyberstroll/contracts';
import { ScanError, type ScanFunction } from '@cyberstroll/scanner-sdk';
import { parseNmapReport } from '../core/nmap-report';

const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;
/** nmap waits this long for its first answers before it probes again. */
const LONG_STALL_MS = 1_000;

/**
 * Scans by nmap: connect scan, light version detection, no ping, no name look-up. The address has passed the node's scope, so
 * it is an address and no option. Fails with SCANNER_MISSING where there is no nmap, with SCANNER_CRASHED where it ends badly.
 * nmap has time-outs of its own, and what stalls the node usually stalls nmap too. If the node stalled for longer than those
 * during a scan, the scan is repeated once.
 */
export function createNmapScanner({ program = 'nmap' }: { program?: string } = {}): ScanFunction {
  return async ({ ip, ports }, { signal, clock }) => {
    const family = ip.includes(':') ? ['-6'] : [];
    const scan = ['-oX', '-', '-sT', '-Pn', '-n', '-sV', '--version-light', '-p', toPortsText(ports)];
    const scanOnce = () => run(program, [...scan, ...family, ip], signal);
    const stalledBefore = clock.stalledMs();
    let ended = await scanOnce();
    if (clock.stalledMs() - stalledBefore >= LONG_STALL_MS) ended = await scanOnce();
    signal.throwIfAborted();
    const { output, complaint, ending } = ended;
    const result = ending === 'exit 0' ? parseNmapReport(output) : undefined;
    if (!result) throw new ScanError('SCANNER_CRASHED', `nmap: ${ending}: ${complaint || 'its report is not whole'}`);
    return result;
  };
}

interface Ended {
  output: string;
  /** The last line of its error output. */
  complaint: string;
  ending: string;
}

function run(program: string, args: string[], signal: AbortSignal): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { signal, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    let received = 0;
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > MAX_OUTPUT_BYTES) child.kill('SIGKILL');
      else output.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk.toString()}`.slice(-1_000);
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') reject(new ScanError('SCANNER_MISSING', 'nmap is not installed on this node'));
      else if (error.code === 'EACCES') reject(new ScanError('PERMISSION_DENIED', 'nmap may not be run on this node'));
      else if (error.code === 'EAGAIN' || error.code === 'EMFILE' || error.code === 'ENOMEM')
        reject(new ScanError('RESOURCE_EXHAUSTED', `nmap: ${error.code}`));
      else reject(error);
    });
    child.on('close', (code, killedBy) =>
      resolve({
        output: Buffer.concat(output).toString(),
        complaint: complaint.trim().split('\n').at(-1) ?? '',
        ending: killedBy ? `killed by ${killedBy}` : `exit ${code}`,
      }),
    );
  });
}
