import { ROLES } from '@cyberstroll/contracts';
import { Option } from 'commander';
import type { ApiKey, NewSecret } from '../../api-types';
import { CliError } from '../../cli-error';
import { comingTime } from '../../given-time';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import type { Output } from '../../output';
import { toPrintable } from '../../printable';
import { type Column, createTable } from '../../text/table';
import { integer, repeated } from '../option-values';
import { addListOptions, printPages } from '../pages';

const t = defineTexts({
  noun: ['keys', 'API 密钥'],
  created: [
    'key {key} created: {name}, {role}; its secret is shown only now',
    '密钥 {key} 已创建：{name}，{role}；密钥值只在此时显示',
  ],
  rotated: [
    'key {key} rotated: {name}, {role}; its secret is shown only now',
    '密钥 {key} 已轮换：{name}，{role}；密钥值只在此时显示',
  ],
  key: [
    'create, list, rotate and revoke API keys, without a restart (role admin)',
    '创建、列出、轮换和吊销 API 密钥，无需重启（需要 admin 角色）',
  ],
  key_secret: ['a key; its secret is printed once', '创建密钥；密钥值只输出一次'],
  create: [
    'create an API key; its secret is printed once, alone on stdout',
    '创建 API 密钥；密钥值只输出一次，且标准输出上只有它',
  ],
  file_holds: ['the file holds the secret alone', '文件中只有密钥值'],
  only_tasks: ['only for tasks in this network', '只限此网段中的任务'],
  ends_time: ['ends in 30 days', '30 天后过期'],
  name: ['the operator in histories and in the audit log', '在历史和审计日志中作为操作者的名称'],
  role: ['what it may do', '它的权限'],
  expires: [
    'when it ends, such as +30d or 2099-12-31; without it never',
    '过期时间，如 +30d 或 2099-12-31；不给出则永不过期',
  ],
  network: ['only tasks inside of it; may be given several times', '只限此网段内的任务；可重复'],
  rate_limit: ['requests per minute on each replica', '每个副本上每分钟的请求数'],
  list: [
    'list API keys, newest first, without secrets; those of API_KEYS are not among them',
    '列出 API 密钥，最新的在前，不含密钥值；不包括 API_KEYS 中的密钥',
  ],
  time_last: ['with the time of the last use', '包括最后使用的时间'],
  last_days: ['those of the last 90 days', '最近 90 天吊销的'],
  revoked: ['the revoked ones instead of the others', '只列出已吊销的密钥'],
  rotate: [
    'give an API key a new secret, which is printed once, alone on stdout',
    '为 API 密钥更换密钥值；密钥值只输出一次，且标准输出上只有它',
  ],
  old_secret: ['the old secret ends within 5 seconds', '旧密钥值在 5 秒内失效'],
  old_one: ['the old one works for an hour, too', '旧密钥值再有效一小时'],
  grace: ['how long the old secret stays valid', '旧密钥值继续有效的时间'],
  revoke: [
    'revoke an API key for ever; within 5 seconds it is refused and its WebSockets are closed',
    '永久吊销 API 密钥；5 秒内即被拒绝，其 WebSocket 被关闭',
  ],
  secret_lost: [
    'the answer with the secret of key {key} was lost: cyberstroll key rotate {key} makes a new one',
    '含密钥 {key} 密钥值的响应已丢失：请用 cyberstroll key rotate {key} 生成新的密钥值',
  ],
  key_revoked: ['key {key} revoked: {name}', '密钥 {key} 已吊销：{name}'],
});

const MAX_GRACE_SECONDS = 604_800;

export function addCommands(program: CliCommand): void {
  const keys = program.add('key', t('key')).examples(['key create dashboard --role viewer', t('key_secret')]);

  keys
    .add('create', t('create'))
    .examples(
      ['key create dashboard --role viewer > dashboard.key', t('file_holds')],
      ['key create team-a --role operator --network 10.1.0.0/16', t('only_tasks')],
      ['key create guest --role viewer --expires +30d', t('ends_time')],
    )
    .argument('<name>', t('name'))
    .addOption(new Option('--role <role>', t('role')).choices(ROLES).makeOptionMandatory())
    .option('--expires <time>', t('expires'), comingTime)
    .option('--network <network>', t('network'), repeated)
    .option('--rate-limit <n>', t('rate_limit'), integer(1, 1_000_000))
    .run(async ({ output, api: { POST, call } }, { role, expires, network, rateLimit }, name: string) => {
      const body = { name, role, expires_time: expires, networks: network, requests_per_minute: rateLimit };
      await printSecret(output, await call(POST('/api/keys', { body }), 'key_id'), 'created');
    });

  keys
    .add('list', t('list'))
    .examples(['key list', t('time_last')], ['key list --revoked', t('last_days')])
    .with(addListOptions)
    .option('--revoked', t('revoked'))
    .run(({ output, api: { GET, call } }, { revoked, ...options }) => {
      const only = revoked ? ({ revoked: 'true' } as const) : {};
      return printPages(output, options, {
        fetch: (page) => call(GET('/api/keys', { params: { query: { ...page, ...only } } }), 'items'),
        table: createTable(COLUMNS),
        noun: t('noun'),
      });
    });

  keys
    .add('rotate <key_id>', t('rotate'))
    .examples(
      ['key rotate 66b2f0c3a1d4e5f607182930', t('old_secret')],
      ['key rotate 66b2f0c3a1d4e5f607182930 --grace 3600', t('old_one')],
    )
    .option('--grace <seconds>', t('grace'), integer(0, MAX_GRACE_SECONDS), 0)
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { POST, call } }, { grace, reason }, id: string) => {
      const body = { grace_seconds: grace, reason };
      const key = await call(POST('/api/keys/{key_id}/rotate', { ...ofKey(id), body }), 'key_id');
      await printSecret(output, key, 'rotated');
    });

  keys
    .add('revoke <key_id>', t('revoke'))
    .examples(['key revoke 66b2f0c3a1d4e5f607182930 --reason "left the team"', say('why_in_audit_log')])
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { POST, call } }, { reason }, id: string) => {
      const key = await call(POST('/api/keys/{key_id}/revoke', { ...ofKey(id), body: { reason } }), 'key_id');
      await output.answer(key, ({ key_id, name }) => t('key_revoked', { key: key_id, name }));
    });
}

const ofKey = (key_id: string) => ({ params: { path: { key_id } } });

/** The secret alone on stdout, for a pipe or a file. A repeat after a lost answer has none. */
async function printSecret(output: Output, key: NewSecret, done: 'created' | 'rotated'): Promise<void> {
  if (key.secret === undefined) throw new CliError('error', t('secret_lost', { key: key.key_id }));
  if (output.json) return output.jsonLine(key);
  output.message(t(done, { key: key.key_id, name: key.name, role: key.role }));
  await output.line(toPrintable(key.secret));
}

const COLUMNS: readonly Column<ApiKey>[] = [
  { title: 'KEY_ID', value: (key) => key.key_id },
  { title: 'NAME', value: (key) => key.name, max: 30 },
  { title: 'ROLE', value: (key) => key.role },
  { title: 'NETWORKS', value: (key) => key.networks?.join(', '), max: 40 },
  { title: 'LIMIT', value: (key) => key.requests_per_minute, align: 'right' },
  { title: 'CREATED', value: (key, toTimeText) => toTimeText(key.created_time) },
  { title: 'LAST USED', value: (key, toTimeText) => toTimeText(key.last_used_time) },
  { title: 'EXPIRES', value: (key, toTimeText) => toTimeText(key.expires_time) },
  { title: 'REVOKED', value: (key, toTimeText) => toTimeText(key.revoked_time) },
];
