import type { ScanErrorCode } from '@cyberstroll/contracts';

export type PortFailure = 'closed' | 'reset' | 'filtered' | 'unreachable';
/** What a failed connect says about the port or about this node. */
export type ConnectFailure = { about: 'port'; state: PortFailure } | { about: 'node'; code: ScanErrorCode };

const FAILURES: Record<string, ConnectFailure> = {
  ECONNREFUSED: { about: 'port', state: 'closed' },
  // The port was open: its peer reset the connection before this process looked. A closed port gives ECONNREFUSED.
  ECONNRESET: { about: 'port', state: 'reset' },
  EPIPE: { about: 'port', state: 'reset' },
  ECONNABORTED: { about: 'port', state: 'filtered' },
  ETIMEDOUT: { about: 'port', state: 'filtered' },
  ENETUNREACH: { about: 'port', state: 'unreachable' },
  EHOSTUNREACH: { about: 'port', state: 'unreachable' },
  EHOSTDOWN: { about: 'port', state: 'unreachable' },
  ENETDOWN: { about: 'port', state: 'unreachable' },
  EAFNOSUPPORT: { about: 'port', state: 'unreachable' },
  // A link-local address without its zone.
  EINVAL: { about: 'port', state: 'unreachable' },
  EMFILE: { about: 'node', code: 'RESOURCE_EXHAUSTED' },
  ENFILE: { about: 'node', code: 'RESOURCE_EXHAUSTED' },
  ENOBUFS: { about: 'node', code: 'RESOURCE_EXHAUSTED' },
  ENOMEM: { about: 'node', code: 'RESOURCE_EXHAUSTED' },
  EADDRNOTAVAIL: { about: 'node', code: 'RESOURCE_EXHAUSTED' },
  EACCES: { about: 'node', code: 'PERMISSION_DENIED' },
  EPERM: { about: 'node', code: 'PERMISSION_DENIED' },
};

export const toConnectFailure = (errno: string | undefined): ConnectFailure =>
  FAILURES[errno ?? ''] ?? { about: 'node', code: 'INTERNAL_ERROR' };
