import type { Readable } from 'node:stream';
import { type ApiClient, createApiClient } from './api-client';
import { CliError } from './cli-error';
import { findStack } from './find-stack';
import type { Output } from './output';

/** What every command works with. */
export interface CommandContext {
  output: Output;
  /**
   * The client of the API that the options, the environment or the running stack name. Throws a CliError where none is.
   */
  connect(): ApiClient;
  stdin: Readable;
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
}

export interface CliEnvironment {
  env: Record<string, string | undefined>;
  cwd: string;
  signal: AbortSignal;
}

/**
 * Options before environment before `.local/stack.json`. A key or WebSocket address from the stack's file belongs to
 * that stack's API and is never used with another one.
 */
export function connect(options: GlobalOptions, { env, cwd, signal }: CliEnvironment): ApiClient {
  const url = options.url ?? (env['CYBERSTROLL_URL'] || undefined);
  const key = options.key ?? (env['CYBERSTROLL_API_KEY'] || undefined);
  const wsUrl = options.wsUrl ?? (env['CYBERSTROLL_WS_URL'] || undefined);
  if (url) return createApiClient({ url, key, wsUrl, signal });
  const stack = findStack(cwd);
  if (!stack) {
    throw new CliError('unreachable', 'no running stack found: start one with "npm start", or name an API with --url');
  }
  return createApiClient({ url: stack.api_url, key: key ?? stack.api_key, wsUrl: wsUrl ?? stack.ws_url, signal });
}
