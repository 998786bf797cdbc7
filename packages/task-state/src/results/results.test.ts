import { type ReportedResult, reportedResultSchema } from '@cyberstroll/contracts';
import { completeResult, toFindings } from './complete-result';
import { toPorts } from './ports';

const NOTHING = { open_ports: [], services: [], response_time: 0 };
const SSH = { port: 22, protocol: 'tcp', state: 'open', service: 'ssh', product: 'OpenSSH', version: '9.6' } as const;
const DNS = { port: 53, protocol: 'udp', state: 'open', banner: 'dnsmasq' } as const;
const CLOSED = { port: 80, protocol: 'tcp', state: 'closed' } as const;

describe('ports and texts', () => {
  it('texts are made of ports where a node reports ports alone', () => {
    expect(completeResult({ ...NOTHING, ports: [DNS, CLOSED, SSH, { ...DNS, protocol: 'tcp' }] })).toMatchObject({
      open_ports: [22, 53],
      services: ['22/tcp ssh OpenSSH 9.6', '53/udp unknown dnsmasq', '53/tcp unknown dnsmasq'],
    });
  });

  it('texts that were reported stay, and open ports are those of both', () => {
    const result = completeResult({ ...NOTHING, open_ports: [443, 22], services: ['22/tcp own'], ports: [SSH, DNS] });
    expect(result).toMatchObject({ open_ports: [22, 53, 443], services: ['22/tcp own'], ports: [SSH, DNS] });
    expect(toPorts(result)).toEqual([SSH, DNS]);
  });

  it('ports are made of texts where a node reports texts alone, and each open port is among them', () => {
    const services = ['53/udp domain dnsmasq 2.9', '22/tcp ssh', 'no service', '53/tcp domain', '7/icmp echo'];
    expect(toPorts({ open_ports: [22, 53, 80], services })).toEqual([
      { port: 22, protocol: 'tcp', state: 'open', service: 'ssh' },
      { port: 53, protocol: 'udp', state: 'open', service: 'domain', banner: 'dnsmasq 2.9' },
      { port: 53, protocol: 'tcp', state: 'open', service: 'domain' },
      { port: 80, protocol: 'tcp', state: 'open' },
    ]);
  });
});

it('each service is one line of visible text', () => {
  const services = ['22/tcp ssh \u001b[31mred\0\r\n\u202eknil', '80/tcp http'];
  const result = completeResult({ open_ports: [22], services, response_time: 1 });
  expect(result).toEqual({ open_ports: [22], services: ['22/tcp ssh  [31mred knil', '80/tcp http'], response_time: 1 });
});

it('what hosts wrote is visible, and of two findings with one id the first is kept', () => {
  const finding = { kind: 'cve', title: 'a\u001b[31m\nb' };
  const reported: ReportedResult = {
    ...NOTHING,
    hostnames: ['a\u202eb'],
    ports: [{ ...CLOSED, banner: 'x\r\ny', tls: { subject: 'CN=\u0000', not_after: '2026-12-31T01:00:00+01:00' } }],
    findings: [
      { ...finding, id: '1' },
      { ...finding, id: '2' },
      { ...finding, id: '1', title: 'again' },
    ],
  };
  const result = completeResult(reported);
  expect(JSON.stringify(result)).not.toMatch(/\\u00|\\r|\\n|\u202e/);
  expect(result).toMatchObject({ open_ports: [], services: [], response_time: 0, finding_count: 2 });
  expect(result.ports![0]!.tls).toEqual({ subject: 'CN= ', not_after: '2026-12-31T00:00:00.000Z' });
  expect(toFindings(reported).map(({ id, title }) => [id, title])).toEqual([
    ['1', 'a [31m b'],
    ['2', 'a [31m b'],
  ]);
});

describe('what a node may report', () => {
  const faultOf = (result: object) => reportedResultSchema.safeParse({ ...NOTHING, ...result }).error?.issues[0];

  it.each([
    ['1,025 ports', { ports: Array(1_025).fill(CLOSED) }, ['ports']],
    ['an unknown protocol', { ports: [{ ...CLOSED, protocol: 'icmp' }] }, ['ports', 0, 'protocol']],
    ['a kind with blanks', { findings: [{ id: '1', kind: 'A b', title: 'c' }] }, ['findings', 0, 'kind']],
    ['data with $', { findings: [{ id: '1', kind: 'a', title: 'c', data: { $ref: 1 } }] }, ['findings', 0, 'data']],
    ['too much in all', { findings: Array(1_000).fill({ id: '1', kind: 'a', title: 'c'.repeat(512) }) }, []],
  ])('not %s', (_what, result, path) => {
    expect(faultOf(result)?.path).toEqual(path);
  });
});
