import type { Result } from '@cyberstroll/contracts';
import { addToSummary, compareHosts, emptySummary, type HostView, toHostDifference } from './compare-hosts';

const PORTS = new Set([22, 80, 443]);
/** A host with these services open: `22 ssh OpenSSH`. */
const open = (...entries: string[]): Pick<Result, 'open_ports' | 'services'> => ({
  open_ports: entries.map((entry) => Number.parseInt(entry, 10)),
  services: entries.filter((entry) => entry.includes(' ')).map((entry) => entry.replace(' ', '/tcp ')),
});
const found = (...entries: string[]): HostView => ({ result: open(...entries), isScanned: true, ports: PORTS });
const nothing: HostView = { isScanned: true, ports: PORTS };
const notScanned: HostView = { isScanned: false, ports: PORTS };
const only = (ports: number[], view: HostView): HostView => ({ ...view, ports: new Set(ports) });

it.each<[string, HostView, HostView, string, string[]]>([
  ['the same', found('22 ssh', '80 http'), found('22 ssh', '80 http'), 'equal', []],
  ['no port open in either', nothing, nothing, 'equal', []],
  ['a port more', found('22'), found('22', '80'), 'changed', ['80 opened']],
  ['a port less', found('22', '80'), found('22'), 'changed', ['80 closed']],
  ['another port', found('80'), found('22'), 'changed', ['22 opened', '80 closed']],
  ['no port open before', nothing, found('80', '22'), 'appeared', ['22 opened', '80 opened']],
  ['no port open any more', found('22'), nothing, 'gone', ['22 closed']],
  ['another service', found('80 http'), found('80 ssh'), 'changed', ['80 service_changed']],
  ['another banner', found('22 ssh OpenSSH_9.2'), found('22 ssh OpenSSH_9.6'), 'changed', ['22 banner_changed']],
  ['a service that was unknown before', found('22'), found('22 ssh'), 'equal', []],
  ['a banner that one does not have', found('22 ssh OpenSSH'), found('22 ssh'), 'equal', []],
  ['an address that was not scanned before', notScanned, found('22'), 'not_scanned', ['22 not_scanned']],
  ['an address that was not scanned again', found('22'), notScanned, 'not_scanned', ['22 not_scanned']],
  ['a port outside the list before', only([80], nothing), found('22'), 'not_scanned', ['22 not_scanned']],
  ['a port outside the list after', found('22'), only([80], nothing), 'not_scanned', ['22 not_scanned']],
  [
    'a port closed, and one outside the list after',
    found('22', '80'),
    only([80], nothing),
    'changed',
    ['22 not_scanned', '80 closed'],
  ],
  ['a port open in both, outside the list of one', found('22'), only([80], found('22')), 'equal', []],
])('%s', (_name, before, after, change, ports) => {
  const compared = compareHosts(before, after);
  expect(compared.change).toBe(change);
  expect(compared.ports.map((port) => `${port.port} ${port.change}`)).toEqual(ports);
});

it('a difference has the services of both tasks, as far as the port is open there', () => {
  const { ports } = compareHosts(found('22 ssh', '80 http a'), found('80 http b', '443'));
  expect(ports).toEqual([
    { port: 22, protocol: 'tcp', change: 'closed', before: 'ssh' },
    { port: 80, protocol: 'tcp', change: 'banner_changed', before: 'http a', after: 'http b' },
    { port: 443, protocol: 'tcp', change: 'opened', after: '' },
  ]);
});

it('what was not scanned is counted, and shown only on request', () => {
  const mixed = compareHosts(found('22', '80'), only([80], nothing));
  const unknown = compareHosts(found('22'), notScanned);
  const summary = emptySummary();
  for (const compared of [mixed, unknown, compareHosts(nothing, nothing)]) addToSummary(summary, compared);
  expect(summary).toEqual({
    hosts: { appeared: 0, gone: 0, changed: 1, not_scanned: 1, equal: 1 },
    ports: { opened: 0, closed: 1, service_changed: 0, banner_changed: 0, not_scanned: 2 },
  });
  expect(toHostDifference('10.0.0.1', unknown, { withNotScanned: false })).toBeUndefined();
  expect(toHostDifference('10.0.0.1', unknown, { withNotScanned: true })).toMatchObject({ change: 'not_scanned' });
  expect(toHostDifference('10.0.0.1', mixed, { withNotScanned: false })?.ports).toHaveLength(1);
  expect(toHostDifference('10.0.0.1', mixed, { withNotScanned: true })?.ports).toHaveLength(2);
});
