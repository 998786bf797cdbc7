import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { runMongodbTool } from '../../backup/mongodb-tool';
import { openBackingService } from '../../backup/open-backing-service';
import { expectStopped, findVolume, restoreVolume } from '../../backup/volume';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { addYes, confirm } from '../../confirm';
import { findDoctorConfig } from '../../doctor-config';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, type Text, verbatim } from '../../language/say';

const t = defineTexts({
  restore: [
    'restore a backup, and delete the queues and cached progress of another time; all services and nodes must have stopped',
    '恢复备份，并删除属于其他时刻的队列和缓存进度；所有服务和节点必须已停止',
  ],
  how: [
    'Runs mongorestore with MONGODB_URI, and needs RABBITMQ_URL, RABBITMQ_MANAGEMENT_URL and REDIS_URL. Without a variable: the local stack. If it was interrupted, run it again.',
    '以 MONGODB_URI 运行 mongorestore，并需要 RABBITMQ_URL、RABBITMQ_MANAGEMENT_URL 和 REDIS_URL。未设置变量时：本地环境。如果中断，请再次运行。',
  ],
  into_empty: ['into an empty database', '恢复到空数据库'],
  instead: ['in place of what is there', '替换现有数据'],
  drop: [
    'delete what the database holds, and replace collections of the same name',
    '删除数据库中的数据，并替换同名集合',
  ],
  sure: [
    'Restore {file}, and delete all queues cs.* and all cached progress?',
    '恢复 {file}，并删除所有 cs.* 队列和缓存的进度？',
  ],
  unreadable: ['{file} is not a backup: {message}', '{file} 不是备份：{message}'],
  no_local: [
    '{file} is a copy of a volume, and no local stack is here: put it in place of the data of MongoDB by hand (docs/operations.md)',
    '{file} 是数据卷的副本，而此处没有本地环境：请手动替换 MongoDB 的数据（docs/operations.md）',
  ],
  no_management: [
    'set RABBITMQ_MANAGEMENT_URL=http://user:password@host:15672: RabbitMQ lists its queues there alone',
    '请设置 RABBITMQ_MANAGEMENT_URL=http://user:password@host:15672：RabbitMQ 只在那里列出队列',
  ],
  at_work: [
    'still at work: {workers}. Stop all services and nodes first; a lease of a process that was killed expires within a minute',
    '仍在工作：{workers}。请先停止所有服务和节点；被强制结束的进程，其租约一分钟内过期',
  ],
  consumer: ['a consumer of {queue}', '{queue} 的消费者'],
  not_empty: [
    'the database {database} is not empty: --drop deletes what it holds first',
    '数据库 {database} 不为空：--drop 会先删除其中的数据',
  ],
  dropped: ['deleted: the database {database}', '已删除：数据库 {database}'],
  data_restored: ['restored: MongoDB', '已恢复：MongoDB'],
  queues_deleted: ['deleted: {count} queues', '已删除：{count} 个队列'],
  keys_deleted: ['deleted: {count} keys of Redis', '已删除：Redis 的 {count} 个键'],
  valid: ['valid API keys: {count}', '有效的 API 密钥：{count}'],
  revoke: [
    'keys that were revoked or rotated after the backup are as before: cyberstroll key revoke <key_id>, before clients return',
    '备份之后吊销或轮换的密钥恢复原状：请在客户端恢复访问之前运行 cyberstroll key revoke <key_id>',
  ],
  next: [
    'next: start the services, then the nodes; then cyberstroll doctor, cyberstroll key list and cyberstroll alert list',
    '下一步：先启动服务，再启动节点；然后运行 cyberstroll doctor、cyberstroll key list 和 cyberstroll alert list',
  ],
});

export function addCommands(program: CliCommand): void {
  program
    .add('restore', t('restore'))
    .examples(
      ['restore cyberstroll-2026-01-31.backup', t('into_empty')],
      ['restore cyberstroll-2026-01-31.backup --drop --yes', t('instead')],
    )
    .argument('<file>')
    .option('--drop', t('drop'))
    .with(addYes)
    .addHelpText('after', `\n${t('how')}`)
    .run(async (context, { drop, yes }, given: string) => {
      const file = resolve(context.cwd, given);
      const ask = () => confirm(t('sure', { file }), { yes }, context);
      if (await isVolume(file)) {
        const volume = findVolume(context.env, context.cwd);
        if (!volume) throw new CliError('usage', t('no_local', { file }));
        expectStopped(volume);
        await ask();
        expectStopped(volume);
        await restoreVolume(volume, file, context);
      } else await restoreArchive(file, { drop, ask }, context);
      context.output.message(t('revoke'));
      context.output.message(t('next'));
    });
}

async function restoreArchive(
  file: string,
  { drop, ask }: { drop?: boolean; ask: () => Promise<void> },
  context: CommandContext,
): Promise<void> {
  const { output, env, cwd } = context;
  const config = findDoctorConfig(env, cwd);
  const { tls, RABBITMQ_MANAGEMENT_URL: managementUrl } = config;
  if (!managementUrl) throw new CliError('usage', t('no_management'));
  const { openForBackup, openOwnQueues, openOwnKeys } =
    require('../../backing-services') as typeof import('../../backing-services');
  const opened: { close(): unknown }[] = [];
  const open = async <Opened extends { close(): unknown }>(name: string, connect: () => Promise<Opened>) => {
    const one = await openBackingService(name, connect);
    opened.push(one);
    return one;
  };
  try {
    const mongodb = await open('MongoDB', () => openForBackup({ uri: config.MONGODB_URI, tls }));
    const queues = await open('RabbitMQ', () => openOwnQueues({ url: config.RABBITMQ_URL, tls, managementUrl }));
    const keys = await open('Redis', () => openOwnKeys({ url: config.REDIS_URL, tls, prefix: config.REDIS_PREFIX }));
    const expectNoneAtWork = async () => {
      const consumers = (await queues.listConsumed()).map((queue) => t('consumer', { queue }));
      const workers = [...(await mongodb.findWorkers()), ...consumers].join(', ');
      if (workers) throw new CliError('error', t('at_work', { workers: verbatim(workers) }));
    };
    const { database } = mongodb;
    await expectNoneAtWork();
    const isEmpty = await mongodb.isEmpty();
    if (!isEmpty && !drop) throw new CliError('error', t('not_empty', { database }));
    await ask();
    // Somebody may have thought about the question for an hour.
    await expectNoneAtWork();
    if (!isEmpty) {
      await mongodb.drop();
      output.message(t('dropped', { database }));
    }
    const words = ['--oplogReplay', '--gzip', `--archive=${file}`, ...(drop ? ['--drop'] : [])];
    await runMongodbTool('mongorestore', words, { uri: mongodb.toolUri, tls: mongodb.tls ? tls : undefined }, context);
    output.message(t('data_restored'));
    const { length: deletedQueues } = await queues.deleteAll();
    output.message(t('queues_deleted', { count: deletedQueues }));
    const deletedKeys = await keys.deleteAll();
    output.message(t('keys_deleted', { count: deletedKeys }));
    const valid = await mongodb.listKeys();
    output.message(t('valid', { count: valid.length }));
    const answer = { api_keys: valid, deleted_queues: deletedQueues, deleted_keys: deletedKeys };
    await output.answer(answer, toKeyList);
  } finally {
    for (const each of opened) await each.close();
  }
}

const toKeyList = ({ api_keys }: { api_keys: { key_id: string; name: string; role: string }[] }): Text =>
  verbatim(api_keys.map(({ key_id, name, role }) => `${key_id}  ${name}  ${role}`).join('\n'));

/** Whether it is a tar.gz, as `backup` writes it of a volume, and not an archive of mongodump. */
async function isVolume(file: string): Promise<boolean> {
  try {
    for await (const chunk of pipeline(createReadStream(file), createGunzip(), () => undefined)) {
      return (chunk as Buffer).subarray(257, 262).toString() === 'ustar';
    }
    throw new Error('it is empty');
  } catch (error) {
    throw new CliError('usage', t('unreadable', { file, message: (error as Error).message }));
  }
}
