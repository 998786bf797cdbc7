import { type ApiAnswer, ApiError, type Client, createClient } from '@cyberstroll/client';
import { keepKey } from './keep-key';
import { createSessionClient } from './session';

/** Something that the reader can have done: by this page, by curl, or by the command line. */
export interface Command<Data = unknown> {
  /** Sends it by this client. The reason is the reader's, empty if none was given. */
  send: (by: Client, reason: string) => Promise<ApiAnswer<Data>>;
  /** The same as a call of `cyberstroll`; undefined where the command line has none. */
  toCli?: (reason: string) => string;
}

/** Longer waits are for the reader, who sees why. */
const RETRY = { times: 2, longestWait: 2 };

/** Sends the commands of one open form. Throws an `ApiError` if the API refuses one. */
export function createSender() {
  const client = createSessionClient(RETRY);
  client.use(keepKey());
  return async <Data>(command: Command<Data>, reason: string): Promise<Data> => {
    const { data, error, response } = await command.send(client, reason);
    if (!response.ok) throw new ApiError(response, error);
    return data as Data;
  };
}

/** Whether the API may have carried out what failed so: its answer was lost, or said nothing about it. */
export const mayBeDone = (error: unknown): boolean => !(error instanceof ApiError) || error.status >= 500;

/** The request of a command as a call of curl, which anybody with a key can send. */
export async function toCurl(command: Command, reason: string): Promise<string> {
  let taken: Request | undefined;
  const recorder = createClient({
    baseUrl: location.origin,
    fetch: async (request) => {
      taken = request;
      return new Response('{}', { headers: { 'content-type': 'application/json' } });
    },
  });
  await command.send(recorder, reason);
  if (!taken) throw new Error('the command sent no request');
  const body = await taken.text();
  const lines = [`curl -X ${taken.method} ${toShellWord(taken.url)}`, `-H "Authorization: Bearer $API_KEY"`];
  if (body !== '') lines.push("-H 'Content-Type: application/json'", `-d ${toShellWord(body)}`);
  return lines.join(' \\\n  ');
}

export const toShellWord = (text: string): string =>
  /^[\w./:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** ` --reason …` of the command line, if there is a reason. */
export const toReasonOption = (reason: string): string => (reason === '' ? '' : ` --reason ${toShellWord(reason)}`);

/** The part of a command's body that says why. */
export const toReasonField = (reason: string): { reason?: string } => (reason === '' ? {} : { reason });
