import { generate } from 'selfsigned';

/**
 * PEM texts of a certificate for 127.0.0.1 and localhost, for servers and clients alike, and of the authority that
 * signed it.
 */
export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

const forAWhile = { keyType: 'ec', algorithm: 'sha256' } as const;

/** A new authority and a certificate signed by it, for `names` too. */
export async function createCertificates(names: readonly string[] = []): Promise<Certificates> {
  const authority = await generate([{ name: 'commonName', value: 'test authority' }], {
    ...forAWhile,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const signed = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...forAWhile,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...['localhost', ...names].map((value) => ({ type: 2 as const, value })),
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { ca: authority.cert, cert: signed.cert, key: signed.private };
}
