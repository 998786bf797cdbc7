import type { Diagnosis } from '@cyberstroll/runtime';
import { inspectService } from '@cyberstroll/runtime';
import type { Command } from 'commander';
import { CliError } from '../../cli-error';
import { paintState } from '../../color';
import type { CommandContext } from '../../command-context';
import { findDoctorConfig } from '../../doctor-config';
import { toExamples } from '../../help/examples';
import { say } from '../../language/say';
import { toPrintable } from '../../text/printable';

/** Where the command finds its configuration. */
export interface DoctorEnvironment {
  env: Record<string, string | undefined>;
  cwd: string;
}

export function addDoctorCommand(
  program: Command,
  toContext: (command: Command) => CommandContext,
  { env, cwd }: DoctorEnvironment,
): void {
  program
    .command('doctor')
    .description(
      'check RabbitMQ, MongoDB, Redis and the services, and say what to correct; changes nothing; exits with 1 if ' +
        'a check fails',
    )
    .addHelpText(
      'before',
      toExamples(
        ['doctor', 'check the stack that runs here'],
        ['doctor --service http://127.0.0.1:8080 --json', 'check a service too'],
      ),
    )
    .option('--service <url>', 'also check this service; may be repeated', (url: string, urls?: string[]) => [
      ...(urls ?? []),
      toHttpUrl(url),
    ])
    .addHelpText(
      'after',
      '\nReads RABBITMQ_URL, RABBITMQ_MANAGEMENT_URL, MONGODB_URI, REDIS_URL, REDIS_PREFIX, TLS_*, or the files ' +
        'named by *_FILE, like the services.',
    )
    .action(async ({ service = [] }: { service?: string[] }, command) => {
      const { output } = toContext(command);
      const diagnoses = await inspectAll(env, cwd, service);
      const failed = diagnoses.filter(({ verdict }) => verdict === 'fail').length;
      const warned = diagnoses.filter(({ verdict }) => verdict === 'warn').length;
      if (output.json) await output.jsonLine({ ok: failed === 0, diagnoses });
      else for (const diagnosis of diagnoses) await output.line(toText(diagnosis, output.color));
      if (failed > 0)
        throw new CliError('error', say('{failed} of {all} checks failed', { failed, all: diagnoses.length }));
      output.message(
        warned > 0
          ? say('no check failed; {warned} of {all} have warnings', { warned, all: diagnoses.length })
          : say('all checks passed'),
      );
    });
}

async function inspectAll(
  env: DoctorEnvironment['env'],
  cwd: string,
  services: readonly string[],
): Promise<Diagnosis[]> {
  const config = findDoctorConfig(env, cwd);
  const { tls } = config;
  // Only this command loads the drivers of RabbitMQ, MongoDB and Redis.
  const [{ inspectBroker }, { inspectStore }, { inspectRealtime }] = await Promise.all([
    import('@cyberstroll/messaging'),
    import('@cyberstroll/store'),
    import('@cyberstroll/realtime'),
  ]);
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
  throw new CliError('usage', say('"{text}" is not an http:// or https:// address', { text }));
}

function toText({ verdict, check, found, remedy }: Diagnosis, color: boolean): string {
  const line = `${paintState(verdict, verdict.padEnd(4), color)}  ${toPrintable(`${check}: ${found}`)}`;
  return remedy ? `${line}\n      → ${toPrintable(remedy)}` : line;
}
