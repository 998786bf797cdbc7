import { createSocket } from 'node:dgram';
import { MAX_SERVICES, type PortResult } from '@cyberstroll/contracts';
import { type RunClock, ScanError, type ScanFunction } from '@cyberstroll/scanner-sdk';
import { toBanner } from '../core/banner';
import { type PortFailure, toConnectFailure } from '../core/connect-failure';
import { EMPTY_PROBE, UDP_SERVICES } from '../core/udp-probes';
import { probeEach } from './probe-each';

export interface UdpScannerOptions {
  /** Ports of one address that are probed at once. */
  portConcurrency: number;
  /** Milliseconds that a port may take to answer. */
  answerTimeoutMs: number;
}

/** A datagram may be lost. */
const TRIES = 2;

/**
 * Sends each UDP port a question of its usual service. A port that answers is `open`; one whose host says that nothing
 * listens is `closed`, and is left out. Any other is `open|filtered`: no scan can say more.
 */
export function createUdpScanner({ portConcurrency, answerTimeoutMs }: UdpScannerOptions): ScanFunction {
  return async ({ ip, ports }, context) => {
    const { clock } = context;
    const probes = await probeEach(ports, portConcurrency, context, (port, signal) =>
      probeUdp({ ip, port, answerTimeoutMs, signal, clock }),
    );
    if (probes.every(({ state }) => state === 'unreachable')) {
      throw new ScanError('NETWORK_UNREACHABLE', `no route to ${ip}`);
    }
    const quickest = Math.min(...probes.map(({ answerMs }) => answerMs));
    const found = probes.flatMap(({ port, state, banner }) =>
      state === 'open' || state === 'open|filtered' ? [toPort(port, state, banner)] : [],
    );
    return {
      open_ports: found
        .filter(({ state }) => state === 'open')
        .map(({ port }) => port)
        .sort((a, b) => a - b),
      services: [],
      response_time: Number.isFinite(quickest) ? Math.round(quickest * 1_000) / 1_000 : 0,
      // Those that answered first: more than fit may be silent.
      ports: found
        .sort((a, b) => (a.state === b.state ? a.port - b.port : a.state === 'open' ? -1 : 1))
        .slice(0, MAX_SERVICES),
    };
  };
}

function toPort(port: number, state: 'open' | 'open|filtered', banner: string): PortResult {
  const service = UDP_SERVICES.get(port)?.name;
  return { port, protocol: 'udp', state, ...(service && { service }), ...(banner && { banner }) };
}

interface UdpProbe {
  port: number;
  state: 'open' | 'closed' | 'open|filtered' | 'unreachable';
  /** Infinite without an answer. */
  answerMs: number;
  banner: string;
}

interface UdpRequest {
  ip: string;
  port: number;
  answerTimeoutMs: number;
  signal: AbortSignal;
  clock: RunClock;
}

/** Closes its socket in every case. Rejects with a ScanError for an error of this node itself. */
function probeUdp({ ip, port, answerTimeoutMs, signal, clock }: UdpRequest): Promise<UdpProbe> {
  return new Promise((resolve, reject) => {
    // Connected: the kernel reports a refusal, and passes nothing on of another sender.
    const socket = createSocket(ip.includes(':') ? 'udp6' : 'udp4');
    const began = clock.now();
    let triesLeft = TRIES;
    let stopTimer = () => {};
    function end() {
      stopTimer();
      signal.removeEventListener('abort', onAbort);
      socket.close();
    }
    function settle(state: UdpProbe['state'], answer?: Buffer) {
      end();
      const answerMs = state === 'open' || state === 'closed' ? clock.now() - began : Number.POSITIVE_INFINITY;
      resolve({ port, state, answerMs, banner: answer ? toBanner(answer) : '' });
    }
    const onAbort = () => settle('open|filtered');
    function send() {
      if (triesLeft-- === 0) return settle('open|filtered');
      socket.send(UDP_SERVICES.get(port)?.probe ?? EMPTY_PROBE);
      stopTimer = clock.startTimer(answerTimeoutMs / TRIES, send);
    }
    socket.on('message', (answer) => settle('open', answer));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const failure = toConnectFailure(error.code);
      if (failure.about === 'port') return settle(toState(failure.state));
      end();
      reject(new ScanError(failure.code, `UDP port ${port}: ${error.code ?? error.message}`, { cause: error }));
    });
    if (signal.aborted) return settle('open|filtered');
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('connect', send);
    socket.connect(port, ip);
  });
}

const toState = (state: PortFailure): UdpProbe['state'] =>
  state === 'closed' || state === 'unreachable' ? state : 'open|filtered';
