/** As whom this service changes things, and tells of them. */
export const OPERATOR = 'dispatcher';
