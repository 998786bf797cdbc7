export { type EngineUrls, engineVariables, getEngineUrls, withDatabase, withVhost } from './engine-urls';
export { type EventuallyOptions, eventually } from './eventually';
export { createTestbed, type Testbed } from './testbed';
export { callManagement, createVhost, deleteVhost } from './vhost';
