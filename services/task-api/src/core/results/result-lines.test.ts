import type { Result } from '@cyberstroll/contracts';
import { CSV_HEADER, toCsvRows, toFindingCsvRow, toNdjsonLine } from './result-lines';

const TASK_ID = 'a'.repeat(24);
const toResult = (changes: Partial<Result> = {}): Result => ({
  task_id: TASK_ID,
  subtask_id: `${TASK_ID}-7`,
  ip: '10.0.0.7',
  open_ports: [22, 8080],
  services: ['22/tcp ssh OpenSSH_9.6'],
  ports: [],
  response_time: 1.5,
  completed_time: new Date('2026-01-31T12:00:00.000Z'),
  assigned_node: 'node-1',
  ...changes,
});
const service = (text: string, more: Partial<Result> = {}) =>
  toCsvRows(toResult({ open_ports: [22], services: [`22/tcp ${text}`], ...more })).slice(
    `${TASK_ID},${TASK_ID}-7,10.0.0.7,22,tcp,`.length,
    -',2026-01-31T12:00:00.000Z,node-1\r\n'.length,
  );

it('the CSV has one row per open port, also of a port without a known service', () => {
  expect(CSV_HEADER).toBe('task_id,subtask_id,ip,port,protocol,service,completed_time,node\r\n');
  const end = '2026-01-31T12:00:00.000Z,node-1\r\n';
  expect(toCsvRows(toResult())).toBe(
    `${TASK_ID},${TASK_ID}-7,10.0.0.7,22,tcp,ssh OpenSSH_9.6,${end}${TASK_ID},${TASK_ID}-7,10.0.0.7,8080,tcp,,${end}`,
  );
});

it('a port that answers by two protocols has two rows', () => {
  const rows = toCsvRows(toResult({ open_ports: [53], services: ['53/tcp domain', '53/udp domain'] }));
  expect([...rows.matchAll(/,53,(\w+),domain,/g)].map(([, protocol]) => protocol)).toEqual(['tcp', 'udp']);
});

it('a finding is one row, and its data are JSON', () => {
  const { task_id, subtask_id, ip, completed_time } = toResult();
  const finding = { finding_id: 'cve-2026-1', kind: 'cve', title: '=cmd', port: 443, data: { a: [1] } };
  expect(toFindingCsvRow({ task_id, subtask_id, ip, completed_time, ...finding })).toBe(
    `${task_id},${subtask_id},${ip},443,,,cve,cve-2026-1,'=cmd,"{""a"":[1]}",${completed_time.toISOString()},\r\n`,
  );
});

it('the rows are those of the ports that the filter names', () => {
  const ports = (filter: { port?: number; service?: string }) =>
    [...toCsvRows(toResult(), filter).matchAll(/10\.0\.0\.7,(\d+)/g)].map(([, port]) => Number(port));
  expect(ports({})).toEqual([22, 8080]);
  expect(ports({ port: 8080 })).toEqual([8080]);
  expect(ports({ service: 'SS' })).toEqual([22]);
  expect(ports({ service: 'OpenSSH' })).toEqual([]);
});

it.each([
  ['=HYPERLINK("http://evil")', `"'=HYPERLINK(""http://evil"")"`],
  ['+1', `'+1`],
  ['-1', `'-1`],
  ['@SUM(A1)', `'@SUM(A1)`],
  ...['＝1', '＋1', '－1', '＠1', '  =1', '\u00a0＝1', ' \u3000@1'].map((text) => [text, `'${text}`]),
  ...['\t=1', '\r=1', '\n=1', '\0=1', '\u2028=1'].map((text) => [text, "' =1"]),
] as [string, string][])('a service %j is no formula for a spreadsheet', (text, cell) => {
  expect(service(text)).toBe(cell);
});

it('commas and quotes of a banner stay in their cell, and what a terminal obeys is replaced in old results too', () => {
  expect(service('http a,b "c"\r\nd')).toBe('"http a,b ""c"" d"');
  expect(service('ssh \u001b[31mred\0\u202eknil')).toBe('ssh  [31mred knil');
});

it('an NDJSON line is the result as pages have it', () => {
  const { completed_time, ...result } = toResult();
  expect(toNdjsonLine(toResult())).toMatch(/^\{[^\n]*\}\n$/);
  expect(JSON.parse(toNdjsonLine(toResult()))).toEqual({ ...result, completed_time: completed_time.toISOString() });
});
