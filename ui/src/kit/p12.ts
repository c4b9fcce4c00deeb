// A P12 file opened: PKCS #12 as banks hand it out (PBES2 with AES, MAC with SHA-2).
import { fromBER, type OctetString } from 'asn1js'
import { AuthenticatedSafe, CertBag, Certificate, PFX, PKCS8ShroudedKeyBag, PrivateKeyInfo, type SafeContents } from 'pkijs'
import { toHex } from './canonical'
import { importKey, type HeldKey } from './keys'

export class P12Unreadable extends Error {}

const CURVES: Record<string, HeldKey['alg']> = { '1.3.101.112': 'ed25519', '1.2.840.10045.2.1': 'p256' }

/** The key and its certificate's fingerprint. Throws P12Unreadable: another format, a wrong passphrase, a key of another kind. */
export async function openP12(data: ArrayBuffer, passphrase: string): Promise<HeldKey> {
  const password = new TextEncoder().encode(passphrase).buffer as ArrayBuffer
  try {
    const pfx = new PFX({ schema: fromBER(data).result })
    await pfx.parseInternalValues({ password, checkIntegrity: true })
    const safe = pfx.parsedValue!.authenticatedSafe as AuthenticatedSafe
    await safe.parseInternalValues({ safeContents: safe.safeContents.map(() => ({ password })) })
    let info: PrivateKeyInfo | undefined
    let certificate: Certificate | undefined
    for (const { value } of safe.parsedValue.safeContents as { value: SafeContents }[]) {
      for (const bag of value.safeBags) {
        if (bag.bagValue instanceof PKCS8ShroudedKeyBag) {
          await (bag.bagValue as unknown as { parseInternalValues(with_: { password: ArrayBuffer }): Promise<void> }).parseInternalValues({ password })
          info = bag.bagValue.parsedValue
        } else if (bag.bagValue instanceof PrivateKeyInfo) info = bag.bagValue
        else if (bag.bagValue instanceof CertBag) certificate = new Certificate({ schema: fromBER((bag.bagValue.certValue as OctetString).valueBlock.valueHexView).result })
      }
    }
    const alg = info && CURVES[info.privateKeyAlgorithm.algorithmId]
    if (!info || !certificate || !alg) throw new P12Unreadable()
    const der = certificate.toSchema(true).toBER()
    const digest = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', der)))
    const named = certificate.subject.typesAndValues.find((one) => one.type === '2.5.4.3')
    const key = await importKey(info.toSchema().toBER(), alg)
    return { label: String(named?.value.valueBlock.value ?? ''), certificate: `sha256:${digest}`, alg, key }
  } catch {
    throw new P12Unreadable()
  }
}
