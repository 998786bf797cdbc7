import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runMongodbTool } from '../../backup/mongodb-tool';
import { openBackingService } from '../../backup/open-backing-service';
import { copyVolume, findVolume } from '../../backup/volume';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { findDoctorConfig } from '../../doctor-config';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts } from '../../language/say';

const t = defineTexts({
  backup: [
    'write all of MongoDB, as of one moment, into a file, while services run',
    '把 MongoDB 的全部数据按同一时刻写入文件；各服务继续运行',
  ],
  how: [
    'Runs mongodump with MONGODB_URI (role backup). Without a variable: copies the volume of the local stack, whose MongoDB is paused meanwhile.',
    '以 MONGODB_URI（需要 backup 角色）运行 mongodump。未设置变量时：复制本地环境的数据卷，期间其 MongoDB 暂停。',
  ],
  nightly: ['a backup with the date in its name', '文件名带日期的备份'],
  exists: ['{file} exists already: name another file', '{file} 已存在：请换一个文件名'],
  no_set: [
    'MongoDB is a {kind}: without a replica set no backup is of one moment. Copy the volume or use the snapshots of your provider: docs/operations.md, "Backup and restore"',
    'MongoDB 是 {kind}：没有副本集就无法得到同一时刻的备份。请复制数据卷或使用云厂商的快照：见 docs/operations.md 的 "Backup and restore"',
  ],
  done: ['{file}: {size} MB in {seconds} s', '{file}：{size} MB，用时 {seconds} s'],
  not_in_it: [
    'not in it: the definitions of RabbitMQ (users, policies), API_KEYS and other configuration',
    '不包含：RabbitMQ 的定义（用户、策略）、API_KEYS 及其他配置',
  ],
});

export function addCommands(program: CliCommand): void {
  program
    .add('backup', t('backup'))
    .examples(['backup cyberstroll-2026-01-31.backup', t('nightly')])
    .argument('<file>')
    .addHelpText('after', `\n${t('how')}`)
    .run(async (context, _options, given: string) => {
      const { output, cwd } = context;
      const file = resolve(cwd, given);
      if (existsSync(file)) throw new CliError('usage', t('exists', { file }));
      const part = `${file}.part`;
      const beganMs = performance.now();
      try {
        writeFileSync(part, '', { mode: 0o600 });
        await writeBackup(part, context);
        renameSync(part, file);
      } catch (error) {
        rmSync(part, { force: true });
        throw error;
      }
      const answer = { file, bytes: statSync(file).size, seconds: (performance.now() - beganMs) / 1_000 };
      await output.answer(answer, ({ bytes, seconds }) =>
        t('done', { file, size: (bytes / 1e6).toFixed(1), seconds: seconds.toFixed(1) }),
      );
      output.message(t('not_in_it'));
    });
}

async function writeBackup(file: string, context: CommandContext): Promise<void> {
  const { env, cwd } = context;
  const volume = findVolume(env, cwd);
  if (volume) return copyVolume(volume, file, context);
  const { openForBackup } = require('../../backing-services') as typeof import('../../backing-services');
  const { MONGODB_URI: uri, tls } = findDoctorConfig(env, cwd);
  const mongodb = await openBackingService('MongoDB', () => openForBackup({ uri, tls }));
  try {
    const kind = await mongodb.readKind();
    if (kind !== 'replica set') throw new CliError('error', t('no_set', { kind }));
    const words = ['--oplog', '--gzip', `--archive=${file}`];
    await runMongodbTool('mongodump', words, { uri: mongodb.toolUri, tls: mongodb.tls ? tls : undefined }, context);
  } finally {
    await mongodb.close();
  }
}
