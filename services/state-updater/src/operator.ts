/** As whom this service changes things, and reports them. */
export const OPERATOR = 'state-updater';
