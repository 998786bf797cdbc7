import { installRequirements } from './install-requirements.mjs';

/** schemathesis, which tests the HTTP API against its description. */
export const installSchemathesis = () => installRequirements('schemathesis');
