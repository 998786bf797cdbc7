/** How the name of a lease begins that is of a task's dispatch, or of a writer's session. Any other is a duty's. */
export const LEASE_PREFIX = { dispatch: 'dispatch:', session: 'session:' } as const;
