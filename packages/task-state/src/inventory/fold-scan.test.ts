import type { PortResult } from '@cyberstroll/contracts';
import { foldScan, type HostScan, type KnownHost, type NewChange } from './fold-scan';

const at = (second: number) => new Date(1_000_000_000_000 + second * 1_000);
const port = (number: number, more: Partial<PortResult> = {}): PortResult => ({
  port: number,
  protocol: 'tcp',
  state: 'open',
  ...more,
});
const login = { finding_id: 'default-login', kind: 'login', severity: 'high' as const, port: 22, title: 'Login' };

/** A scan of ports 1 to 1000. */
function scan(second: number, ports: PortResult[], more: Partial<HostScan> = {}): HostScan {
  return {
    ip: '127.0.0.1',
    task_id: 'a'.repeat(24),
    subtask_id: `${'a'.repeat(24)}-${second}`,
    completed_time: at(second),
    scan_result: {
      open_ports: ports.filter(({ state }) => state === 'open').map((each) => each.port),
      services: [],
      response_time: 1,
      ports,
    },
    findings: [],
    labels: [],
    method: 'connect',
    scan_key: 'plain',
    covers: (each) => each.protocol === 'tcp' && each.port <= 1_000,
    ...more,
  };
}

function fold(...scans: HostScan[]): { host: KnownHost | undefined; changes: string[] } {
  let host: KnownHost | undefined;
  const changes: NewChange[] = [];
  for (const each of scans) {
    const folded = foldScan(host, each);
    host = folded.host;
    changes.push(...folded.changes);
  }
  const names = changes.map(({ kind, port: number, finding_id }) =>
    [kind, number ?? finding_id].filter(Boolean).join(' '),
  );
  return { host, changes: names };
}

it('makes no host of an address where nothing was ever found', () => {
  expect(fold(scan(1, []), scan(2, [port(22, { state: 'filtered' })]))).toEqual({ host: undefined, changes: [] });
});

it('keeps when a service was first and last seen, since when it is closed, and when it is open again', () => {
  const closed = fold(scan(1, [port(22)]), scan(2, [port(22)]), scan(3, []), scan(4, []));
  expect(closed.changes).toEqual(['host_appeared', 'port_opened 22', 'port_closed 22']);
  expect(closed.host).toMatchObject({ first_seen: at(1), last_seen: at(2), last_scanned: at(4) });
  expect(closed.host!.services).toEqual([
    {
      port: 22,
      protocol: 'tcp',
      state: 'closed',
      first_seen: at(1),
      last_seen: at(2),
      last_checked: at(4),
      closed_since: at(3),
      task_id: 'a'.repeat(24),
      subtask_id: `${'a'.repeat(24)}-2`,
    },
  ]);
  const again = foldScan(closed.host, scan(5, [port(22)]));
  expect(again.changes.map(({ kind }) => kind)).toEqual(['port_opened']);
  expect(again.host!.services).toEqual([
    expect.objectContaining({ state: 'open', first_seen: at(1), last_seen: at(5) }),
  ]);
  expect(again.host!.services[0]).not.toHaveProperty('closed_since');
});

it.each([
  ['its ports do not include it', scan(2, [], { covers: () => false }), 'open'],
  ['it says that nothing answered', scan(2, [port(22, { state: 'open|filtered' })]), 'open'],
  [
    'it has the number alone',
    scan(2, [], { scan_result: { open_ports: [22], services: [], response_time: 1 } }),
    'open',
  ],
  ['it names the same port of UDP', scan(2, [port(22, { protocol: 'udp' })], { covers: () => false }), 'open'],
  [
    'it says so, though its ports do not include it',
    scan(2, [port(22, { state: 'closed' })], { covers: () => false }),
    'closed',
  ],
  ['it includes the port', scan(2, []), 'closed'],
])('a scan closes a port, or not: %s', (_, later, state) => {
  expect(fold(scan(1, [port(22)]), later).host!.services.find(({ protocol }) => protocol === 'tcp')).toMatchObject({
    state,
  });
});

it('names a service that changed, and keeps what it knows where a scan knows less', () => {
  const ssh = { service: 'ssh', product: 'OpenSSH', version: '8' };
  const { host, changes } = fold(
    scan(1, [port(22, ssh)]),
    scan(2, [port(22)]),
    scan(3, [port(22, { ...ssh, version: '9' })]),
  );
  expect(changes).toEqual(['host_appeared', 'port_opened 22', 'service_changed 22']);
  expect(host!.services).toEqual([expect.objectContaining({ ...ssh, version: '9' })]);
  expect(fold(scan(1, [port(22, ssh)]), scan(2, [port(22)])).host!.services[0]).toMatchObject(ssh);
});

it('takes a finding for gone if a scan by the same method and options does not report it, and for back', () => {
  const found = scan(1, [], { findings: [login] });
  const { host, changes } = fold(
    found,
    scan(2, [], { scan_key: 'other options' }),
    scan(3, [], { covers: () => false }),
    scan(4, []),
    scan(5, [], { findings: [login] }),
  );
  expect(changes).toEqual(['host_appeared', 'finding_new 22', 'finding_gone 22', 'finding_back 22']);
  expect(host!.findings).toEqual([
    expect.objectContaining({ ...login, state: 'open', first_seen: at(1), last_seen: at(5) }),
  ]);
});

it('keeps the services that were seen last of more than 2,048', () => {
  const many = Array.from({ length: 1_024 }, (_, i) => i + 1);
  const scans = [0, 1, 2].map((nth) =>
    scan(
      nth,
      many.map((number) => port(number + nth * 1_024)),
    ),
  );
  const { host } = fold(...scans.map((each) => ({ ...each, covers: () => false })));
  expect(host!.services).toHaveLength(2_048);
  expect(host!.services[0]).toMatchObject({ port: 1_025 });
});
