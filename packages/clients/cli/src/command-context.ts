import { type ApiClient, createApiClient } from './api-client';
import { CliError } from './cli-error';
import { findStack } from './find-stack';
import { defineTexts } from './language/say';
import type { Output } from './output';
import type { KeyboardStream } from './top/terminal-screen';

const t = defineTexts({
  no_running: [
    'no running stack found: start one with "npm start", or name an API with --url',
    '没有找到正在运行的环境：请用 "npm start" 启动，或用 --url 指定 API',
  ],
});

/** The dependencies of every command. */
export interface CommandContext {
  output: Output;
  /**
   * A client of the API from the options, the environment or the running stack. Its requests end at Ctrl-C. Throws a
   * CliError if there is no API.
   */
  readonly api: ApiClient;
  /** The same, whose requests end with the given signal instead. */
  connect(signal: AbortSignal): ApiClient;
  env: Record<string, string | undefined>;
  cwd: string;
  stdin: KeyboardStream;
  /** Aborts at Ctrl-C. */
  signal: AbortSignal;
}

/** The options that every command takes. */
export interface GlobalOptions {
  url?: string;
  key?: string;
  wsUrl?: string;
  json?: boolean;
  utc?: boolean;
  /** False for `--no-color`. */
  color?: boolean;
}

type CliEnvironment = Pick<CommandContext, 'env' | 'cwd' | 'signal'>;

/**
 * Options win over the environment, and the environment over `.local/stack.json`. A key or WebSocket URL from that file
 * is never used with another API.
 */
export function connectToApi(options: GlobalOptions, { env, cwd, signal }: CliEnvironment): ApiClient {
  const url = options.url ?? (env['CYBERSTROLL_URL'] || undefined);
  const key = options.key ?? (env['CYBERSTROLL_API_KEY'] || undefined);
  const wsUrl = options.wsUrl ?? (env['CYBERSTROLL_WS_URL'] || undefined);
  if (url) return createApiClient({ url, key, wsUrl, signal });
  const stack = findStack(cwd);
  if (!stack) throw new CliError('unreachable', t('no_running'));
  return createApiClient({ url: stack.api_url, key: key ?? stack.api_key, wsUrl: wsUrl ?? stack.ws_url, signal });
}
