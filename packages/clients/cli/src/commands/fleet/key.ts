import { ROLES } from '@cyberstroll/contracts';
import { type Command, Option } from 'commander';
import type { ApiKey, NewSecret } from '../../api-types';
import type { CommandContext } from '../../command-context';
import { toExamples } from '../../help/examples';
import { say } from '../../language/say';
import type { Output } from '../../output';
import { toPrintable } from '../../text/printable';
import { createTable } from '../../text/table';
import type { TimeText } from '../../text/time-text';
import { integer, isoTime, repeated } from '../option-values';
import { addListOptions, followPages, printPages, toPageOptions } from '../pages';

const MAX_GRACE_SECONDS = 604_800;

export function addKeyCommands(program: Command, toContext: (command: Command) => CommandContext): void {
  const keys = program
    .command('key')
    .description('create, list, rotate and revoke API keys, without a restart (role admin)')
    .addHelpText('before', toExamples(['key create dashboard --role viewer', 'a key; its secret is printed once']));

  keys
    .command('create')
    .description('create an API key; its secret is printed once, alone on stdout')
    .addHelpText(
      'before',
      toExamples(
        ['key create dashboard --role viewer > dashboard.key', 'the file holds the secret alone'],
        ['key create team-a --role operator --network 10.1.0.0/16', 'only for tasks in this network'],
        ['key create guest --role viewer --expires 2099-12-31T00:00:00Z', 'ends at this time'],
      ),
    )
    .argument('<name>', 'the operator in histories and in the audit log')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--expires <time>', 'when it ends, such as 2099-12-31T00:00:00Z; without it never', isoTime)
    .option('--network <network>', 'only tasks inside of it; may be given several times', repeated)
    .option('--rate-limit <n>', 'requests per minute on each replica', integer(1, 1_000_000))
    .action(async (name: string, { role, expires, network, rateLimit }, command) => {
      const { output, connect } = toContext(command);
      const { POST, call } = connect();
      const body = { name, role, expires_time: expires, networks: network, requests_per_minute: rateLimit };
      const key = await call(POST('/api/keys', { body }), 'key_id');
      await printSecret(output, key, 'key {key} created: {name}, {role}; its secret is shown only now');
    });

  addListOptions(
    keys
      .command('list')
      .description('list API keys, newest first, without secrets; those of API_KEYS are not among them')
      .addHelpText(
        'before',
        toExamples(['key list', 'with the time of the last use'], ['key list --revoked', 'those of the last 90 days']),
      ),
  )
    .option('--revoked', 'the revoked ones instead of the others')
    .action(async ({ revoked, ...options }, command) => {
      const { output, connect } = toContext(command);
      const { GET, call } = connect();
      const only = revoked ? ({ revoked: 'true' } as const) : {};
      const pages = followPages(
        (page) => call(GET('/api/keys', { params: { query: { ...page, ...only } } }), 'items'),
        toPageOptions(options),
      );
      await printPages(pages, output, { table: createKeyTable(output.toTimeText), noun: 'keys' });
    });

  keys
    .command('rotate')
    .description('give an API key a new secret, which is printed once, alone on stdout')
    .addHelpText(
      'before',
      toExamples(
        ['key rotate 66b2f0c3a1d4e5f607182930', 'the old secret ends within 5 seconds'],
        ['key rotate 66b2f0c3a1d4e5f607182930 --grace 3600', 'the old one works for an hour, too'],
      ),
    )
    .argument('<key_id>')
    .option('--grace <seconds>', 'how long the old secret stays valid', integer(0, MAX_GRACE_SECONDS), 0)
    .option('--reason <reason>', 'stored in the audit log')
    .action(async (id: string, { grace, reason }, command) => {
      const { output, connect } = toContext(command);
      const { POST, call } = connect();
      const body = { grace_seconds: grace, reason };
      const key = await call(POST('/api/keys/{key_id}/rotate', { ...ofKey(id), body }), 'key_id');
      await printSecret(output, key, 'key {key} rotated: {name}, {role}; its secret is shown only now');
    });

  keys
    .command('revoke')
    .description('revoke an API key for ever; within 5 seconds it is refused and its WebSockets are closed')
    .addHelpText(
      'before',
      toExamples(['key revoke 66b2f0c3a1d4e5f607182930 --reason "left the team"', 'the reason is in the audit log']),
    )
    .argument('<key_id>')
    .option('--reason <reason>', 'stored in the audit log')
    .action(async (id: string, { reason }, command) => {
      const { output, connect } = toContext(command);
      const { POST, call } = connect();
      const key = await call(POST('/api/keys/{key_id}/revoke', { ...ofKey(id), body: { reason } }), 'key_id');
      await (output.json
        ? output.jsonLine(key)
        : output.line(say('key {key} revoked: {name}', { key: key.key_id, name: key.name })));
    });
}

const ofKey = (key_id: string) => ({ params: { path: { key_id } } });

type SecretMessage = `key {key} ${'created' | 'rotated'}: {name}, {role}; its secret is shown only now`;

/** The secret alone on stdout, so that a pipe or a file gets nothing else. */
async function printSecret(output: Output, key: NewSecret, done: SecretMessage): Promise<void> {
  if (output.json) return output.jsonLine(key);
  output.message(say(done, { key: key.key_id, name: key.name, role: key.role }));
  await output.line(toPrintable(key.secret ?? ''));
}

const createKeyTable = (toTimeText: TimeText) =>
  createTable<ApiKey>([
    { title: 'KEY_ID', value: (key) => key.key_id },
    { title: 'NAME', value: (key) => key.name, max: 30 },
    { title: 'ROLE', value: (key) => key.role },
    { title: 'NETWORKS', value: (key) => key.networks?.join(', '), max: 40 },
    { title: 'LIMIT', value: (key) => key.requests_per_minute, align: 'right' },
    { title: 'CREATED', value: (key) => toTimeText(key.created_time) },
    { title: 'LAST USED', value: (key) => key.last_used_time && toTimeText(key.last_used_time) },
    { title: 'EXPIRES', value: (key) => key.expires_time && toTimeText(key.expires_time) },
    { title: 'REVOKED', value: (key) => key.revoked_time && toTimeText(key.revoked_time) },
  ]);
