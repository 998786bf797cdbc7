import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import * as z from 'zod';
import { AppError } from '../app-error';

/** PEM texts: the certificates to trust, and our own. They are used if the URL of a backing service asks for TLS. */
export interface TlsMaterial {
  ca?: string;
  cert?: string;
  key?: string;
}

const pem = (what: string, parse: (text: string) => unknown) =>
  z.string().refine((text) => succeeds(() => parse(text)), `is not PEM text of a ${what}`);
const certificate = () => pem('certificate', (text) => new X509Certificate(text));

export const tlsConfigShape = {
  TLS_CA: certificate()
    .optional()
    .describe('PEM of the authorities that sign the certificates of RabbitMQ, MongoDB and Redis; default: public ones'),
  TLS_CERT: certificate().optional().describe('PEM of the certificate that is shown to a server that asks for one'),
  TLS_KEY: pem('private key', createPrivateKey)
    .optional()
    .meta({ description: 'PEM of the private key of TLS_CERT', secret: true }),
};

/** Reads the TLS configuration of a service. Throws AppError fatal if certificate and key do not belong together. */
export function toTls({
  TLS_CA: ca,
  TLS_CERT: cert,
  TLS_KEY: key,
}: z.infer<z.ZodObject<typeof tlsConfigShape>>): TlsMaterial {
  // A context reads all public authorities, so none is made without need.
  const belongTogether = cert && key ? succeeds(() => createSecureContext({ cert, key })) : !cert === !key;
  if (!belongTogether) {
    throw new AppError('bad_configuration', { detail: 'TLS_CERT and TLS_KEY do not belong together' });
  }
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function succeeds(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
