/** The operator in the history and the events of what this service changes. */
export const OPERATOR = 'dispatcher';
