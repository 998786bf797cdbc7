import type { Diagnosis } from '@cyberstroll/runtime';
import { inspectService } from '@cyberstroll/runtime';
import { CliError } from '../../cli-error';
import { paintState } from '../../color';
import type { CommandContext } from '../../command-context';
import { findDoctorConfig } from '../../doctor-config';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts } from '../../language/say';
import { toPrintable } from '../../printable';
import { repeated } from '../option-values';

const t = defineTexts({
  variables: [
    'Reads RABBITMQ_URL, RABBITMQ_MANAGEMENT_URL, MONGODB_URI, REDIS_URL, REDIS_PREFIX, TLS_*, or the files named by *_FILE, like the services.',
    '与各服务一样，读取 RABBITMQ_URL、RABBITMQ_MANAGEMENT_URL、MONGODB_URI、REDIS_URL、REDIS_PREFIX、TLS_*，或 *_FILE 指定的文件。',
  ],
  doctor: [
    'check RabbitMQ, MongoDB, Redis and the services, and say what to correct; changes nothing of yours; exits with 1 if a check fails',
    '检查 RabbitMQ、MongoDB、Redis 和各服务，并说明如何纠正；不修改您的任何内容；有检查失败时退出码为 1',
  ],
  check_stack: ['check the stack that runs here', '检查此处运行的环境'],
  check_service: ['check a service too', '同时检查一个服务'],
  service: ['also check this service; may be repeated', '同时检查此服务；可重复'],
  checks_failed: ['{failed} of {all} checks failed', '{all} 项检查中有 {failed} 项失败'],
  no_check: ['no check failed; {warned} of {all} have warnings', '没有检查失败；{all} 项中有 {warned} 项警告'],
  all_checks: ['all checks passed', '所有检查均通过'],
  not_http: ['"{text}" is not an http:// or https:// address', '"{text}" 不是 http:// 或 https:// 地址'],
});

export function addCommands(program: CliCommand): void {
  program
    .add('doctor', t('doctor'))
    .examples(['doctor', t('check_stack')], ['doctor --service http://127.0.0.1:8080 --json', t('check_service')])
    .option('--service <url>', t('service'), (url: string, urls?: string[]) => repeated(toHttpUrl(url), urls))
    .addHelpText('after', `\n${t('variables')}`)
    .run(async ({ output, env, cwd }, { service = [] }) => {
      const diagnoses = await inspectAll(env, cwd, service);
      const failed = diagnoses.filter(({ verdict }) => verdict === 'fail').length;
      const warned = diagnoses.filter(({ verdict }) => verdict === 'warn').length;
      if (output.json) await output.jsonLine({ ok: failed === 0, diagnoses });
      else for (const diagnosis of diagnoses) await output.line(toText(diagnosis, output.color));
      if (failed > 0) throw new CliError('error', t('checks_failed', { failed, all: diagnoses.length }));
      output.message(warned > 0 ? t('no_check', { warned, all: diagnoses.length }) : t('all_checks'));
    });
}

async function inspectAll(env: CommandContext['env'], cwd: string, services: readonly string[]): Promise<Diagnosis[]> {
  const config = findDoctorConfig(env, cwd);
  const { tls } = config;
  const { inspectBroker, inspectStore, inspectRealtime } =
    require('../../backing-services') as typeof import('../../backing-services');
  const found = await Promise.all([
    inspectBroker({ url: config.RABBITMQ_URL, tls, managementUrl: config.RABBITMQ_MANAGEMENT_URL }),
    inspectStore({ uri: config.MONGODB_URI, tls }),
    inspectRealtime({ url: config.REDIS_URL, tls, prefix: config.REDIS_PREFIX }),
    Promise.all([...config.serviceUrls, ...services].map(inspectService)),
  ]);
  return found.flat();
}

function toHttpUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new CliError('usage', t('not_http', { text }));
}

function toText({ verdict, check, found, remedy }: Diagnosis, color: boolean): string {
  const line = `${paintState(verdict, verdict.padEnd(4), color)}  ${toPrintable(`${check}: ${found}`)}`;
  return remedy ? `${line}\n      → ${toPrintable(remedy)}` : line;
}
