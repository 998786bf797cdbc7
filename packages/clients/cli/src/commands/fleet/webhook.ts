import { INVENTORY_CHANGE_KINDS, SEVERITIES } from '@cyberstroll/contracts';
import { Option } from 'commander';
import type { ApiWebhook } from '../../api-types';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import { toPrintable } from '../../printable';
import { type Column, createTable } from '../../text/table';
import { addListOptions, printPages } from '../pages';

const t = defineTexts({
  noun: ['webhooks', 'webhook 接收方'],
  webhook: [
    'send changes of the inventory to addresses, by HTTP POST (role admin)',
    '用 HTTP POST 将资产清单的变化发送到指定地址（需要 admin 角色）',
  ],
  create: [
    'send changes to an address; the secret that signs them is printed once, alone on stdout',
    '将变化发送到某个地址；用于签名的密钥只输出一次，且标准输出上只有它',
  ],
  databases: ['databases that open on hosts of a label', '某标签的主机上新开放的数据库'],
  name: ['what the receiver is called', '接收方的名称'],
  url: ['an http or https address', 'http 或 https 地址'],
  kind: ['only this kind of change; may be repeated', '只发送此类变化；可重复'],
  port: ['only changes of this port; may be repeated', '只发送此端口的变化；可重复'],
  target: ['only changes on this address or network', '只发送此地址或网段上的变化'],
  severity: ['only findings of this severity; may be repeated', '只发送此严重程度的发现；可重复'],
  label: ['only changes that tasks with this label showed', '只发送由有此标签的任务显示的变化'],
  from: ['begin after the change with this number; by default now', '从此编号之后的变化开始；默认从现在起'],
  created: [
    'webhook {id} created: {name}; its secret is shown only now',
    'webhook {id} 已创建：{name}；密钥只在此时显示',
  ],
  list: [
    'list webhooks, newest first: how far each is, and what went wrong',
    '列出 webhook，最新的在前：进度及出错原因',
  ],
  how_far: ['which of them fail', '哪些在失败'],
  delete: ['send nothing more to an address', '不再向某个地址发送'],
  deleted: ['webhook {id} deleted: {name}', 'webhook {id} 已删除：{name}'],
});

const number = (text: string): number => Number(text);

export function addCommands(program: CliCommand): void {
  const webhook = program.add('webhook', t('webhook')).examples(['webhook list', t('how_far')]);

  webhook
    .add('create <name> <url>', t('create'))
    .examples([
      'webhook create databases https://hooks.example.org/db --kind port_opened --port 3306 5432 --label dmz',
      t('databases'),
    ])
    .addOption(new Option('--kind <kind...>', t('kind')).choices(INVENTORY_CHANGE_KINDS))
    .option('--port <port...>', t('port'))
    .option('--target <target>', t('target'))
    .addOption(new Option('--severity <severity...>', t('severity')).choices(SEVERITIES.toReversed()))
    .option('--label <label>', t('label'))
    .option('--from <number>', t('from'), number)
    .run(async ({ output, api: { POST, call } }, { port, ...given }, name: string, url: string) => {
      const body = { name, url, ...given, ...(port && { ports: port.map(Number) }) };
      const made = await call(POST('/api/webhooks', { body }), 'webhook_id');
      if (output.json) return output.jsonLine(made);
      output.message(t('created', { id: made.webhook_id, name: made.name }));
      await output.line(toPrintable(made.secret ?? ''));
    });

  webhook
    .add('list', t('list'))
    .examples(['webhook list', t('how_far')])
    .with(addListOptions)
    .run(({ output, api: { GET, call } }, options) =>
      printPages(output, options, {
        fetch: (page) => call(GET('/api/webhooks', { params: { query: page } }), 'items'),
        table: createTable(COLUMNS),
        noun: t('noun'),
      }),
    );

  webhook
    .add('delete <webhook_id>', t('delete'))
    .examples(['webhook delete 66b2f0c3a1d4e5f607182930 --reason "moved"', say('why_in_audit_log')])
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { DELETE, call } }, { reason }, webhook_id: string) => {
      const params = { path: { webhook_id }, query: { reason } };
      const deleted = await call(DELETE('/api/webhooks/{webhook_id}', { params }), 'webhook_id');
      await output.answer(deleted, ({ webhook_id: id, name }) => t('deleted', { id, name }));
    });
}

const COLUMNS: readonly Column<ApiWebhook>[] = [
  { title: 'WEBHOOK_ID', value: ({ webhook_id }) => webhook_id },
  { title: 'NAME', value: ({ name }) => name, max: 30 },
  { title: 'URL', value: ({ url }) => url, max: 50 },
  { title: 'CHANGE', value: ({ change }) => change },
  { title: 'DELIVERED', value: ({ delivered_time }, toTimeText) => delivered_time && toTimeText(delivered_time) },
  { title: 'FAILING', value: ({ failing_since }, toTimeText) => failing_since && toTimeText(failing_since) },
  { title: 'FAULT', value: ({ fault }) => fault, max: 40 },
];
