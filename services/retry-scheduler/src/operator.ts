/** The operator in the histories and events of this service's changes. */
export const OPERATOR = 'retry-scheduler';
