import { type Caller, findApiKey, findOwnOrigin } from '@cyberstroll/access';
import { SESSION_COOKIE, SESSION_HOURS, type SessionView } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { CookieOptions, Request } from 'express';
import type { Config } from '../../config';
import type { Call, Handlers } from '../add-operations';
import type { Answer } from '../answers/answer';
import type { AppDeps } from '../app-deps';

/** Sessions of the dashboard: log in, who am I, log out. */
export function createSessionHandlers(
  { sessions }: Pick<AppDeps, 'sessions'>,
  { TRUST_PROXY: isTrusted }: Pick<Config, 'TRUST_PROXY'>,
): Handlers {
  const toCookie = (request: Request): CookieOptions => ({
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    secure: findOwnOrigin(request, isTrusted)?.startsWith('https:') ?? false,
  });

  async function open({ caller, request, response }: Call<'createSession'>): Promise<Answer<SessionView>> {
    const apiKey = findApiKey(request.headers);
    // A cookie would prolong itself for ever.
    if (apiKey === undefined) throw new AppError('unauthorised', { detail: 'log in with an API key, not by a cookie' });
    const opened = await sessions.open(caller, apiKey);
    response.cookie(SESSION_COOKIE, opened.secret, { ...toCookie(request), maxAge: SESSION_HOURS * 3_600_000 });
    return { body: toView(opened.caller) };
  }

  return {
    // The secret is kept nowhere, so a repeat gets a session of its own.
    createSession: { run: open, repeat: open },
    getSession: async ({ caller }) => ({ body: toView(caller) }),

    async endSession({ caller, request, response }) {
      if (caller.session) await sessions.end(caller.session._id);
      response.clearCookie(SESSION_COOKIE, toCookie(request));
      return { body: undefined };
    },
  };
}

function toView({ name, role, scope, expires, session }: Caller): SessionView {
  const ends = [expires, session?.expires].filter((time) => time !== undefined);
  return {
    key: name,
    role,
    ...(scope && { networks: [...scope.networks] }),
    ...(ends.length > 0 && { expires_time: new Date(Math.min(...ends.map(Number))) }),
  };
}
