import { INVENTORY_CHANGE_KINDS, SEVERITIES } from '@cyberstroll/contracts';
import { delay } from '@cyberstroll/runtime';
import { Option } from 'commander';
import type { ApiChange, ApiHost, ApiService } from '../../api-types';
import { pastTime } from '../../given-time';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts } from '../../language/say';
import { type Column, createTable, type TableStyle } from '../../text/table';
import { integer } from '../option-values';
import { addListOptions, printPages } from '../pages';

const t = defineTexts({
  noun: ['hosts', '主机'],
  services_noun: ['services', '服务'],
  hosts: [
    'what is open on each host now, over all tasks; with an address: all that is known of it',
    '每台主机当前开放的内容（所有任务合计）；给出地址时显示该主机的全部信息',
  ],
  services: ['one row per service instead of one per host', '每个服务一行，而不是每台主机一行'],
  port: ['only with this port', '只列出有此端口的'],
  service: ['only with a service whose name contains this text', '只列出服务名包含此文字的'],
  product: ['only with a product or version that contains this text', '只列出产品名或版本包含此文字的'],
  target: [
    'only this address, or addresses in this network, such as 10.0.0.0/24',
    '只列出此地址，或此网段中的地址，如 10.0.0.0/24',
  ],
  label: ['only what tasks with this label found last', '只列出最近由有此标签的任务发现的'],
  severity: ['only with an open finding of this severity; may be repeated', '只列出有此严重程度未消失发现的；可重复'],
  state: ['which services count', '计入哪些服务'],
  seen_after: ['only what was seen at this time or later', '只列出在此时间或之后看到的'],
  seen_before: ['only what was last seen before this time', '只列出最后看到早于此时间的'],
  new_after: ['only what was first seen at this time or later', '只列出首次看到在此时间或之后的'],
  what_runs: ['hosts of a network with SSH open', '一个网段中开放 SSH 的主机'],
  one: ['one host: what is open, and what was', '一台主机：当前和曾经开放的内容'],
  new_services: ['services that were first seen in the last day', '最近一天首次看到的服务'],
  changes: [
    'what changed on hosts: ports that opened or closed, findings that came or went',
    '主机上的变化：端口的开放与关闭，发现的出现与消失',
  ],
  kind: ['only this kind; may be repeated', '只列出此类变化；可重复'],
  from: ['only changes after the one with this number', '只列出此编号之后的变化'],
  follow: ['wait for more, until Ctrl-C', '持续等待新的变化，直到 Ctrl-C'],
  severity_change: ['only findings of this severity; may be repeated', '只列出此严重程度的发现；可重复'],
  label_change: ['only changes that tasks with this label showed', '只列出由有此标签的任务显示的变化'],
  port_change: ['only changes of this port', '只列出此端口的变化'],
  new_findings: ['critical findings that are new', '新出现的严重发现'],
  new_ports: ['ports that open from now on', '从现在起新开放的端口'],
});

const PORT = [1, 65_535] as const;
const FOLLOW_MS = 2_000;

export function addCommands(program: CliCommand): void {
  program
    .add('hosts [ip]', t('hosts'))
    .with(addListOptions)
    .option('--services', t('services'))
    .option('--port <port>', t('port'), integer(...PORT))
    .option('--service <name>', t('service'))
    .option('--product <name>', t('product'))
    .option('--target <target>', t('target'))
    .option('--label <label>', t('label'))
    .addOption(new Option('--severity <severity...>', t('severity')).choices(SEVERITIES.toReversed()))
    .addOption(new Option('--state <state>', t('state')).choices(['open', 'closed', 'any']).default('open'))
    .option('--seen-after <time>', t('seen_after'), pastTime)
    .option('--seen-before <time>', t('seen_before'), pastTime)
    .option('--new-after <time>', t('new_after'), pastTime)
    .examples(
      ['hosts --port 22 --target 10.0.0.0/24', t('what_runs')],
      ['hosts 10.0.0.1', t('one')],
      ['hosts --services --new-after -1d', t('new_services')],
    )
    .run(async ({ output, api: { GET, call } }, given, ip: string | undefined) => {
      if (ip !== undefined) {
        const host = await call(GET('/api/hosts/{ip}', { params: { path: { ip } } }), 'ip');
        return output.answer(host, (answer) => toHostText(answer, output));
      }
      const { services, severity, limit, all, cursor, seenAfter, seenBefore, newAfter, ...filter } = given;
      const only = { ...filter, seen_after: seenAfter, seen_before: seenBefore, new_after: newAfter };
      const options = { limit, ...(all && { all }), ...(cursor !== undefined && { cursor }) };
      if (services) {
        return printPages(output, options, {
          fetch: (page) => call(GET('/api/services', { params: { query: { ...page, ...only } } }), 'items'),
          table: createTable([{ title: 'IP', value: ({ ip: address }: ApiService) => address }, ...SERVICE_COLUMNS]),
          noun: t('services_noun'),
        });
      }
      return printPages(output, options, {
        fetch: (page) => call(GET('/api/hosts', { params: { query: { ...page, ...only, severity } } }), 'items'),
        table: createTable(HOST_COLUMNS),
        noun: t('noun'),
      });
    });

  program
    .add('changes', t('changes'))
    .addOption(new Option('--kind <kind...>', t('kind')).choices(INVENTORY_CHANGE_KINDS))
    .option('--from <number>', t('from'))
    .option('--follow', t('follow'))
    .option('--target <target>', t('target'))
    .option('--port <port>', t('port_change'), integer(...PORT))
    .addOption(new Option('--severity <severity...>', t('severity_change')).choices(SEVERITIES.toReversed()))
    .option('--label <label>', t('label_change'))
    .examples(
      ['changes --kind finding_new --severity critical', t('new_findings')],
      ['changes --follow --kind port_opened', t('new_ports')],
    )
    .run(async ({ output, api: { GET, call } }, { from, follow, ...only }) => {
      const table = createTable(CHANGE_COLUMNS);
      for (let next = from; ; ) {
        const page = await call(
          GET('/api/changes', { params: { query: { ...only, from: next, limit: 1_000 } } }),
          'items',
        );
        next = page.next;
        for (const change of output.json ? page.items : []) await output.jsonLine(change);
        if (!output.json && page.items.length > 0) await output.line(table.toText(page.items, output));
        if (!page.is_complete) continue;
        if (!follow) return;
        await delay(FOLLOW_MS);
      }
    });
}

type ServiceRow = ApiHost['services'][number];

const HOST_COLUMNS: readonly Column<ApiHost>[] = [
  { title: 'IP', value: ({ ip }) => ip },
  { title: 'PORTS', value: ({ services }) => toPorts(services), max: 40 },
  { title: 'FINDING', value: ({ findings }) => findings.filter(({ state }) => state === 'open').length || undefined },
  { title: 'HOSTNAMES', value: ({ hostnames = [] }) => hostnames.join(', '), max: 40 },
  { title: 'FIRST_SEEN', value: ({ first_seen }, toTimeText) => toTimeText(first_seen) },
  { title: 'LAST_SEEN', value: ({ last_seen }, toTimeText) => toTimeText(last_seen) },
  { title: 'SCANNED', value: ({ last_scanned }, toTimeText) => toTimeText(last_scanned) },
];

const toPorts = (services: readonly ServiceRow[]): string =>
  services
    .filter(({ state }) => state === 'open')
    .map(({ port, protocol }) => (protocol === 'tcp' ? port : `${port}/${protocol}`))
    .join(', ');

const SERVICE_COLUMNS: readonly Column<ServiceRow>[] = [
  { title: 'PORT', value: ({ port, protocol }) => `${port}/${protocol}` },
  { title: 'STATE', value: ({ state }) => state, isState: true },
  {
    title: 'SERVICE',
    value: ({ service, product, version }) => [service, product, version].filter(Boolean).join(' '),
    max: 50,
  },
  { title: 'FIRST_SEEN', value: ({ first_seen }, toTimeText) => toTimeText(first_seen) },
  { title: 'LAST_SEEN', value: ({ last_seen }, toTimeText) => toTimeText(last_seen) },
  { title: 'CLOSED', value: ({ closed_since }, toTimeText) => closed_since && toTimeText(closed_since) },
];

const FINDING_COLUMNS: readonly Column<ApiHost['findings'][number]>[] = [
  { title: 'SEVERITY', value: ({ severity }) => severity },
  { title: 'STATE', value: ({ state }) => state, isState: true },
  { title: 'PORT', value: ({ port }) => port },
  { title: 'KIND', value: ({ kind }) => kind, max: 20 },
  { title: 'TITLE', value: ({ title }) => title, max: 60 },
  { title: 'FIRST_SEEN', value: ({ first_seen }, toTimeText) => toTimeText(first_seen) },
  { title: 'LAST_SEEN', value: ({ last_seen }, toTimeText) => toTimeText(last_seen) },
];

function toHostText(host: ApiHost, style: TableStyle): string {
  const tables = [
    createTable(HOST_COLUMNS).toText([host], style),
    ...(host.services.length > 0 ? [createTable(SERVICE_COLUMNS).toText(host.services, style)] : []),
    ...(host.findings.length > 0 ? [createTable(FINDING_COLUMNS).toText(host.findings, style)] : []),
  ];
  return tables.join('\n\n');
}

const CHANGE_COLUMNS: readonly Column<ApiChange>[] = [
  { title: 'TIME', value: ({ time }, toTimeText) => toTimeText(time) },
  { title: 'KIND', value: ({ kind }) => kind, isState: true },
  { title: 'IP', value: ({ ip }) => ip },
  { title: 'PORT', value: ({ port, protocol }) => (protocol ? `${port}/${protocol}` : port) },
  { title: 'BEFORE', value: ({ before }) => before, max: 40 },
  { title: 'AFTER', value: ({ after, title }) => after ?? title, max: 60 },
  { title: 'SEVERITY', value: ({ severity }) => severity },
];
