import { createDiffRows, filterRows, findCut, readDiffFilter, readLines } from './diff-rows';

const port = (number: number, change: 'opened' | 'closed', service = 'ssh') => ({
  port: number,
  protocol: 'tcp',
  change,
  ...(change === 'opened' ? { after: service } : { before: service }),
});

it('a host has a row for each of its ports, and all of them count', () => {
  const diff = createDiffRows();
  diff.add({ ip: '10.0.0.1', change: 'changed', ports: [port(22, 'opened'), port(80, 'closed')] });
  diff.add({ ip: '10.0.0.2', change: 'appeared', ports: [port(22, 'opened')] });
  expect(diff.rows.map(({ ip, host, port: at, change }) => `${ip} ${host} ${at} ${change}`)).toEqual([
    '10.0.0.1 changed 22 opened',
    '10.0.0.1 changed 80 closed',
    '10.0.0.2 appeared 22 opened',
  ]);
  expect([diff.ports.opened, diff.ports.closed, diff.hosts.appeared, diff.hosts.changed]).toEqual([2, 1, 1, 1]);
  expect(diff.summary).toBeUndefined();
});

it('of each kind the first rows are kept, and long services are cut', () => {
  const diff = createDiffRows(2);
  for (const ip of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) {
    diff.add({ ip, change: 'appeared', ports: [port(22, 'opened', '\u{1f600}'.repeat(300))] });
  }
  diff.add({ ip: '10.0.0.4', change: 'gone', ports: [port(22, 'closed')] });
  expect(diff.rows.map(({ ip }) => ip)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.4']);
  expect(diff.ports.opened).toBe(3);
  expect(findCut(diff, 2)).toEqual(['opened']);
  expect(diff.rows[0]?.after).toBe(`${'\u{1f600}'.repeat(200)}…`);
});

it('the address chooses kinds of changes and of hosts; what it does not know is not chosen', () => {
  const diff = createDiffRows();
  diff.add({ ip: '10.0.0.1', change: 'changed', ports: [port(22, 'opened'), port(80, 'closed')] });
  diff.add({ ip: '10.0.0.2', change: 'gone', ports: [port(22, 'closed')] });
  const show = (address: string) =>
    filterRows(diff.rows, readDiffFilter(new URLSearchParams(address))).map((row) => `${row.ip}:${row.port}`);
  expect(show('')).toHaveLength(3);
  expect(show('change=closed')).toEqual(['10.0.0.1:80', '10.0.0.2:22']);
  expect(show('change=opened&change=closed&hosts=changed')).toEqual(['10.0.0.1:22', '10.0.0.1:80']);
  expect(show('change=red&hosts=a')).toHaveLength(3);
});

it('what is open and was not known to be open comes first; ports that were not scanned before are named', () => {
  const diff = createDiffRows();
  const unscanned = (port: number, text: { before: string } | { after: string }) =>
    ({ port, protocol: 'tcp', change: 'not_scanned', ...text }) as const;
  diff.add({ ip: '10.0.0.1', change: 'gone', ports: [port(22, 'closed')] });
  diff.add({ ip: '10.0.0.2', change: 'not_scanned', ports: [unscanned(80, { before: 'http' })] });
  diff.add({ ip: '10.0.0.3', change: 'not_scanned', ports: [unscanned(443, { after: '' })] });
  expect(filterRows(diff.rows, readDiffFilter(new URLSearchParams())).map(({ port }) => port)).toEqual([443, 22, 80]);
  expect(diff.unscanned).toEqual({ hosts: 1, ports: new Set([443]) });
});

it('lines are read as they arrive, wherever the pieces of the stream end', async () => {
  const bytes = new TextEncoder().encode('{"a":"é"}\n{"b":2}\nlast');
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const [from, to] of [[0, 7], [7, 15], [15]]) controller.enqueue(bytes.slice(from, to));
      controller.close();
    },
  });
  const read: string[][] = [];
  for await (const lines of readLines(stream)) read.push(lines);
  expect(read).toEqual([[], ['{"a":"é"}'], ['{"b":2}'], ['last']]);
});
