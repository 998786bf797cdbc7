/** The prefixes of lease names for a task's dispatch and for a writer's session. Any other lease is a sweep leader's. */
export const LEASE_PREFIX = { dispatch: 'dispatch:', session: 'session:' } as const;
