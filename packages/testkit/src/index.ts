export { type EngineUrls, engineVariables, getEngineUrls, withDatabase, withVhost } from './engine-urls';
export { type EventuallyOptions, eventually } from './eventually';
export { createTcpProxy, type TcpProxy } from './tcp-proxy';
export { createTestbed, type Testbed } from './testbed';
export { callManagement, createVhost, deleteVhost } from './vhost';
