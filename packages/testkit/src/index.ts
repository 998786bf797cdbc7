export { type Certificates, createCertificates } from './certificates';
export { type EngineUrls, engineVariables, getEngineUrls, withDatabase, withVhost } from './engine-urls';
export { type EventuallyOptions, eventually } from './eventually';
export { createTcpProxy, type TcpProxy } from './tcp-proxy';
export { createTestbed, type Testbed } from './testbed';
export { createTlsProxy, type TlsProxy } from './tls-proxy';
export { callManagement, createVhost, deleteVhost } from './vhost';
