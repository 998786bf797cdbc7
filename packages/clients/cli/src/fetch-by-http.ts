import { request as requestByHttp } from 'node:http';
import { request as requestByHttps } from 'node:https';
import { Readable } from 'node:stream';

/**
 * As `fetch`, without redirects. Node's own compiles a parser in each process, which takes more time than all else that
 * a command does.
 */
export async function fetchByHttp(request: Request, { signal }: { signal: AbortSignal }): Promise<Response> {
  const { method, url } = request;
  const open = url.startsWith('https:') ? requestByHttps : requestByHttp;
  const body = Buffer.from(await request.arrayBuffer());
  const headers = { ...Object.fromEntries(request.headers), ...(body.length > 0 && { 'content-length': body.length }) };
  return new Promise((resolve, reject) => {
    const sent = open(url, { method, headers, signal }, (answer) => {
      const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = answer;
      const pairs = rawHeaders.flatMap((name, at): [string, string][] => (at % 2 ? [] : [[name, rawHeaders[at + 1]!]]));
      const isEmpty = status === 204 || status === 304 || method === 'HEAD';
      if (isEmpty) answer.resume();
      const content = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
      resolve(new Response(content, { status, statusText, headers: pairs }));
    });
    sent.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    sent.end(body);
  });
}
